package vanishing_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A stockGraph is a graph of stock operations.
type stockGraph struct {
	t          *testing.T
	g          *gorgonia.ExprGraph
	rng        *rand.Rand
	learnables gorgonia.Nodes
}

func newStockGraph(t *testing.T) *stockGraph {
	return &stockGraph{t: t, g: gorgonia.NewGraph(), rng: rand.New(rand.NewPCG(6, 1))}
}

func (d *stockGraph) node(name string, v *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(d.g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// normal is an input of normally distributed numbers with a given standard deviation.
func (d *stockGraph) normal(name string, std float64, shape ...int) *gorgonia.Node {
	d.t.Helper()
	v, err := tensors.Randn(tensor.Float64, d.rng, shape...)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range v.Float64s() {
		v.Float64s()[i] *= std
	}
	return d.node(name, v)
}

func (d *stockGraph) weight(name string, std float64, shape ...int) *gorgonia.Node {
	w := d.normal(name, std, shape...)
	d.learnables = append(d.learnables, w)
	return w
}

// watched records one step with the mean of squares as loss.
func (d *stockGraph) watched(y *gorgonia.Node) vanishing.Profile {
	d.t.Helper()
	loss := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(y))))
	if _, err := gorgonia.Grad(loss, d.learnables...); err != nil {
		d.t.Fatal(err)
	}
	w, err := vanishing.Watch(loss, d.learnables...)
	if err != nil {
		d.t.Fatal(err)
	}
	defer w.Close()
	if err := w.Machine().RunAll(); err != nil {
		d.t.Fatal(err)
	}
	return w.Profile()
}
