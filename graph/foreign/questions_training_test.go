package foreign_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
)

// A convnet is a convolution, dropout with probability 0.2, and a dense layer.
type convnet struct {
	graph          *gorgonia.ExprGraph
	kernels, dense *gorgonia.Node
	cost           *gorgonia.Node
}

func newConvnet() convnet {
	g, rng := gorgonia.NewGraph(), rand.New(rand.NewPCG(1, 2))
	input := func(name string, shape ...int) *gorgonia.Node {
		value, err := tensors.Randn(tensor.Float64, rng, shape...)
		check(err)
		return gorgonia.NodeFromAny(g, value, gorgonia.WithName(name))
	}
	net := convnet{graph: g, kernels: input("kernels", 3, 1, 3, 3), dense: input("dense", 3*4*4, 2)}
	h := gorgonia.Must(gorgonia.Conv2d(input("x", 5, 1, 4, 4), net.kernels, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	h = gorgonia.Must(gorgonia.Dropout(gorgonia.Must(gorgonia.Rectify(h)), 0.2))
	h = gorgonia.Must(gorgonia.Mul(gorgonia.Must(gorgonia.Reshape(h, tensor.Shape{5, 3 * 4 * 4})), net.dense))
	net.cost = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(h))))
	_, err := gorgonia.Grad(net.cost, net.learnables()...)
	check(err)
	return net
}

func (n convnet) learnables() gorgonia.Nodes { return gorgonia.Nodes{n.kernels, n.dense} }

// Gorgonia's issue 378: the speed of the convnet.
func ExampleNewMachine_whereTheTimeGoes() {
	g := newConvnet().graph

	vm := foreign.NewMachine(g)
	defer vm.Close()
	check(vm.StartTiming())
	for range 10 {
		check(vm.RunAll())
	}
	check(vm.Timing().WriteTable(os.Stdout)) // the share of each operation
}

// Gorgonia's issue 378: a program that reads the cost and the gradients alone.
func TestConvnetKeepsOutputs(t *testing.T) {
	net := newConvnet()
	g, learnables := net.graph, net.learnables()
	var cost gorgonia.Value
	gorgonia.Read(net.cost, &cost)

	vm := foreign.NewMachine(g, gorgonia.BindDualValues(learnables...))
	vm.KeepOutputs() // values of other nodes than outputs and gradients are not kept

	check(vm.RunAll())
	if cost == nil {
		t.Error("the cost was not read")
	}
	for _, w := range learnables {
		if sum, err := w.Grad(); err != nil || !slices.ContainsFunc(floats(sum), func(v float64) bool { return v != 0 }) {
			t.Errorf("the gradient of %s is %v, error %v, want numbers", w.Name(), sum, err)
		}
	}
}

// Gorgonia's issue 402: the convnet is not learning.
func ExampleLint_convnet() {
	net := newConvnet()
	g, learnables := net.graph, net.learnables()
	solver := gorgonia.NewAdamSolver()

	for _, warning := range append(foreign.Lint(g), foreign.LintSolver(solver)...) {
		fmt.Println(warning)
	}

	vm := foreign.NewMachine(g, gorgonia.BindDualValues(learnables...))
	check(vm.RunAll())
	if err := solver.Step(gorgonia.NodesToValueGrads(learnables)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// node 13 (Reshape(5, 48)): a reshaped value shares its memory with what was reshaped, which other operations read as well: the TapeMachine may write over it. Mended on machine.Machine. Elsewhere: Reshape a copy, or use machine.Machine.
	// node 35 (dropoutDiffOp(0.200000)): the gradient of Dropout is dy/p where it should be dy/(1-p). Mended on machine.Machine. Elsewhere: Use the layer graph.Dropout, or multiply by op.DropoutMask.
}

// Gorgonia's issue 402: the loss of the convnet, the logarithm of a product, has the same gradient for all labels. The cost is least, the
// mean of -log y plus log 10, where all classes have the same probability.
func TestLossOfTheConvnet(t *testing.T) {
	product := func(output, y *gorgonia.Node) *gorgonia.Node {
		losses := gorgonia.Must(gorgonia.Log(gorgonia.Must(gorgonia.HadamardProd(output, y))))
		return losses
	}
	entropy := func(output, y *gorgonia.Node) *gorgonia.Node {
		losses := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Log(output)), y))
		return losses
	}
	gradient := func(label int, logits []float64, of func(output, y *gorgonia.Node) *gorgonia.Node) (cost float64, numbers []float64) {
		g, labels := gorgonia.NewGraph(), slices.Repeat([]float64{0.1}, 10)
		labels[label] = 0.9
		row := func(name string, values []float64) *gorgonia.Node {
			return gorgonia.NodeFromAny(g, tensor.New(tensor.WithShape(1, 10), tensor.WithBacking(values)), gorgonia.WithName(name))
		}
		x, y := row("x", logits), row("y", labels)
		c := gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Mean(of(gorgonia.Must(gorgonia.SoftMax(x)), y)))))
		_, err := gorgonia.Grad(c, x)
		check(err)
		check(foreign.NewMachine(g).RunAll())
		return c.Value().Data().(float64), floats(x.Deriv().Value())
	}
	logits := func() []float64 { return []float64{0.5, -1, 2, 0, 1, -0.5, 0.25, -2, 1.5, 0} }
	_, a := gradient(3, logits(), product)
	_, b := gradient(7, logits(), product)
	_, c := gradient(3, logits(), entropy)
	_, d := gradient(7, logits(), entropy)
	if !slices.Equal(a, b) || slices.Equal(c, d) {
		t.Errorf("gradients for two labels:\n%v\n%v, want the same; of the cross-entropy\n%v\n%v, want others", a, b, c, d)
	}
	cost, flat := gradient(3, make([]float64, 10), product)
	for i, v := range flat {
		if math.Abs(v) > 1e-15 {
			t.Errorf("gradient %d for equal probabilities is %v, want 0", i, v)
		}
	}
	if want := math.Log(10) - (9*math.Log(0.1)+math.Log(0.9))/10; math.Abs(cost-want) > 1e-12 || math.Abs(want-4.3854) > 1e-4 {
		t.Errorf("the cost for equal probabilities is %v, want %v", cost, want)
	}
}

// Which layers learn is in the profile of a watched program.
func ExampleNewMachine_whichLayersLearn() {
	net := newConvnet()
	cost, learnables := net.cost, net.learnables()

	watcher, err := vanishing.Watch(cost, learnables...)
	check(err)
	vm := watcher.Machine(gorgonia.BindDualValues(learnables...))
	defer vm.Close()

	solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
	for range 5 {
		check(vm.RunAll())
		check(solver.Step(gorgonia.NodesToValueGrads(learnables)))
	}
	fmt.Println(vanishing.Diagnose(watcher.Profile()).Verdict)
	// Output: healthy
}
