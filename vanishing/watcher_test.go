package vanishing

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A drawing is a network written by hand with Gorgonia's operations: a perceptron with the weights of a trainer's model.
type drawing struct {
	g          *gorgonia.ExprGraph
	loss       *gorgonia.Node
	hidden     []*gorgonia.Node
	learnables []*gorgonia.Node
}

// The sizes of the network, which is trained in two ways.
const (
	drawnSamples, drawnInput, drawnDepth, drawnWidth, drawnOutput = 12, 7, 4, 6, 3
	drawnSteps                                                    = 5
	drawnRate                                                     = 0.0005
)

// draw makes the graph. Layers are W·x + b with samples in columns if columns is set, or else x·W + b.
func draw(t *testing.T, params *graph.Params, set *data.Dataset, activation func(*gorgonia.Node) (*gorgonia.Node, error), columns bool) *drawing {
	t.Helper()
	d := &drawing{g: gorgonia.NewGraph()}
	node := func(name string, v *tensor.Dense) *gorgonia.Node {
		v = v.Clone().(*tensor.Dense)
		if columns && v.Dims() == 2 {
			transposed, err := tensor.Transpose(v)
			if err != nil {
				t.Fatal(err)
			}
			v = transposed.(*tensor.Dense)
		}
		return gorgonia.NewTensor(d.g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v))
	}
	h := node("x", set.X)
	for i := 1; i <= drawnDepth+1; i++ {
		w := node(fmt.Sprintf("dense%d/weight", i), params.Get(fmt.Sprintf("dense%d/weight", i)).Value)
		d.learnables = append(d.learnables, w)
		axes := []byte{0}
		if columns {
			h, axes = gorgonia.Must(gorgonia.Mul(w, h)), []byte{1}
		} else {
			h = gorgonia.Must(gorgonia.Mul(h, w))
		}
		if bias := params.Get(fmt.Sprintf("dense%d/bias", i)); bias != nil {
			b := node(bias.Name, bias.Value)
			d.learnables = append(d.learnables, b)
			h = gorgonia.Must(gorgonia.BroadcastAdd(h, b, nil, axes))
		}
		if i <= drawnDepth {
			h = gorgonia.Must(activation(h))
			d.hidden = append(d.hidden, h)
		}
	}
	d.loss = gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(h, node("y", set.Y)))))))
	if _, err := gorgonia.Grad(d.loss, d.learnables...); err != nil {
		t.Fatal(err)
	}
	return d
}

// train runs the usual training loop of Gorgonia.
func (d *drawing) train(t *testing.T, vm gorgonia.VM, solver gorgonia.Solver, steps int) (losses []float64) {
	t.Helper()
	for range steps {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, d.loss.Value().Data().(float64))
		if err := solver.Step(gorgonia.NodesToValueGrads(d.learnables)); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	return losses
}

func drawnSet(t *testing.T) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 1))
	x, err := tensors.Randn(tensor.Float64, rng, drawnSamples, drawnInput)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Randn(tensor.Float64, rng, drawnSamples, drawnOutput)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}

// A hand-written perceptron has the same profile as that of models/mlp: with weights on either side, with and without biases, for
// activations of one node or several. The two differ in the order of sums of a few dozen terms, by 1e-14, which five training steps
// may amplify a thousandfold.
func TestWatcherSeesWhatARecorderSees(t *testing.T) {
	const tolerance = 1e-11
	leaky := func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LeakyRelu(x, 0.1) }
	for name, c := range map[string]struct {
		ours  graph.Activation
		stock func(*gorgonia.Node) (*gorgonia.Node, error)
	}{
		"tanh": {graph.Tanh, gorgonia.Tanh}, "sigmoid": {graph.Sigmoid, gorgonia.Sigmoid}, "relu": {graph.ReLU, gorgonia.Rectify},
		"leaky": {graph.LeakyReLU(0.1), leaky}, "softplus": {graph.Softplus, gorgonia.Softplus},
	} {
		for _, columns := range []bool{false, true} {
			for _, noBias := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, columns %v, no bias %v", name, columns, noBias), func(t *testing.T) {
					set := drawnSet(t)
					model := mlp.Model{
						Input: drawnInput, Depth: drawnDepth, Width: drawnWidth, Output: drawnOutput, Activation: c.ours, NoBias: noBias,
						Init: initializer.Normal{Std: 0.6},
					}
					params := graph.NewParams(tensor.Float64, 2)
					if _, err := graph.Build(graph.Config{Model: model, Params: params, Input: set.X.Shape(), Loss: graph.MSE{Sum: true}}); err != nil {
						t.Fatal(err)
					}
					d := draw(t, params, set, c.stock, columns)
					recorder := &Recorder{Details: Every(1), Histograms: Every(2)}
					watcher, err := recorder.Watch(d.loss, d.learnables...)
					if err != nil {
						t.Fatal(err)
					}
					d.train(t, watcher.Machine(), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(drawnRate)), drawnSteps)
					got := watcher.Profile()

					reference := &Recorder{Details: Every(1), Histograms: Every(2)}
					trainer := &train.Trainer{
						Model: model, Loss: graph.MSE{Sum: true}, Params: params, Epochs: drawnSteps, BatchSize: drawnSamples, NoShuffle: true,
						Optimizer: &optim.SGD{LearningRate: drawnRate}, Callbacks: []train.Callback{reference},
					}
					if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
						t.Fatal(err)
					}
					compareProfiles(t, got, reference.Profile(), tolerance)
				})
			}
		}
	}
}

// compareProfiles compares all but the fields that only one profile has: the initialisers, the gradients after clipping, and the
// signal-to-noise ratio, which needs samples in rows.
func compareProfiles(t *testing.T, got, want Profile, tolerance float64) {
	t.Helper()
	for i, w := range want.Layers {
		if w.Init = nil; got.Layers[i] != w {
			t.Errorf("layer %+v, want %+v", got.Layers[i], w)
		}
	}
	for i, w := range want.Params {
		if got.Params[i] != w {
			t.Errorf("parameter %+v, want %+v", got.Params[i], w)
		}
	}
	if len(got.Records) != len(want.Records) {
		t.Fatalf("%d records, want %d", len(got.Records), len(want.Records))
	}
	compared := 0
	for i, w := range want.Records {
		g := got.Records[i]
		if g.Step != w.Step || g.Batch != w.Batch || math.Abs(float64(g.Loss-w.Loss)) > tolerance*float64(w.Loss) || (g.Details != nil) != (w.Details != nil) {
			t.Errorf("step %d of %d samples with loss %g, want %d, %d, %g", g.Step, g.Batch, g.Loss, w.Step, w.Batch, w.Loss)
		}
		compare := func(what string, quantities []profile.Quantity, at int) {
			for _, q := range quantities {
				if q.Name == "snr" || strings.HasPrefix(q.Name, "clipped_") {
					continue
				}
				compared++
				v, known := q.Of(&g, at)
				wanted, wantedKnown := q.Of(&w, at)
				if known != wantedKnown || !(math.Abs(v-wanted) <= tolerance*max(1, math.Abs(wanted))) && !(math.IsNaN(v) && math.IsNaN(wanted)) {
					t.Errorf("step %d, %s: %s is %g (%v), want %g (%v)", w.Step, what, q.Name, v, known, wanted, wantedKnown)
				}
			}
		}
		for l := range w.Layers {
			compare(want.Layers[l].Path, profile.LayerQuantities, l)
		}
		for p := range w.Params {
			compare(want.Params[p].Name, profile.ParamQuantities, p)
		}
	}
	if compared < 100 {
		t.Errorf("numbers compared: got %d, want at least 100", compared)
	}
}
