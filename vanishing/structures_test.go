package vanishing_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// Networks of user-written layers get the same verdicts as networks of ours.

const structureBatch = 6

// own is a layer written by a user.
func own(units int, std float64) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		b = b.Scope("mine")
		fan := initializer.Fan{In: x.Shape()[1], Out: units}
		w := b.Param(graph.Param{Name: "w", Role: graph.Weight, Fan: fan, Init: initializer.Normal{Std: std}}, fan.In, fan.Out)
		bias := b.Param(graph.Param{Name: "b", Role: graph.Bias, Fan: fan, Init: initializer.Normal{Std: 0.1}}, fan.Out)
		return b.Check(op.Linear(x, w, bias))
	})
}

// sigmoids are 30 user-written layers with sigmoids and one for the output.
func sigmoids() graph.Model {
	var model graph.Sequential
	for range 30 {
		model = append(model, own(10, 0.3), graph.Sigmoid)
	}
	return append(model, own(3, 0.3))
}

func structureSet(t *testing.T) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 1))
	x, err := tensors.Randn(tensor.Float64, rng, structureBatch, 8)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Randn(tensor.Float64, rng, structureBatch, 3)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}

// observed builds a model and observes one step.
func observed(t *testing.T, model graph.Model) (vanishing.Profile, *graph.Program) {
	t.Helper()
	set := structureSet(t)
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: set.X.Shape().Clone(), Loss: graph.MSE{},
	})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := vanishing.Observe("network", p, set.X, set.Y)
	if err != nil {
		t.Fatal(err)
	}
	return profile, p
}

// expect compares the verdict and checks for phrases in its sentence.
func expect(t *testing.T, p vanishing.Profile, want vanishing.Verdict, words ...string) vanishing.Diagnosis {
	t.Helper()
	d := vanishing.Diagnose(p)
	if d.Verdict != want {
		t.Errorf("got %v, want %v: %s %s", d.Verdict, want, d.Sentence, d.Evidence)
	}
	for _, word := range words {
		if !strings.Contains(d.Sentence, word) {
			t.Errorf("%q is missing in %q", word, d.Sentence)
		}
	}
	return d
}

// Thirty user-written sigmoid layers vanish, as theory predicts from the declared initialisation. The same layers of stock
// operations give the same numbers up to the rounding of sums of ten products, 1e-15 a layer.
func TestOwnSigmoidLayersVanish(t *testing.T) {
	seen, built := observed(t, sigmoids())
	d := expect(t, seen, vanishing.Vanishing, "layer 1 receives")
	if !strings.Contains(d.Expected, "The initialisation explains it") {
		t.Errorf("got %q, want an explanation by the initialisation: %+v", d.Expected, seen.Theory)
	}
	set, s, must := structureSet(t), newStockGraph(t), gorgonia.Must
	h := s.node("x", set.X)
	for i := range 31 {
		for _, name := range []string{"w", "b"} {
			full := fmt.Sprintf("mine%d/%s", i+1, name)
			s.learnables = append(s.learnables, s.node(full, built.Params.Get(full).Value))
		}
		w, b := s.learnables[2*i], s.learnables[2*i+1]
		if h = must(gorgonia.BroadcastAdd(must(gorgonia.Mul(h, w)), b, nil, []byte{0})); i < 30 {
			h = must(gorgonia.Sigmoid(h))
		}
	}
	stock := s.watched(must(gorgonia.Sub(h, s.node("y", set.Y))))
	if d := expect(t, stock, vanishing.Vanishing, "layer 1 receives"); !strings.Contains(d.Expected, "The size of the weights in the first record explains it") {
		t.Errorf("stock layers: got %q, want an explanation by the size of the weights", d.Expected)
	}
	if seen.Theory.Measured || !stock.Theory.Measured || stock.Theory.None != "" {
		t.Errorf("theory of our own layers %+v, of stock ones %+v, want the second by measured weights", seen.Theory, stock.Theory)
	}
	if own, other := seen.Theory.Layers[0], stock.Theory.Layers[0]; math.Abs(float64(own.Delta-other.Delta)) > float64(own.Band) {
		t.Errorf("prediction: got %g ± %g from the declaration and %g from the weights, want them within the band", own.Delta, own.Band, other.Delta)
	}
	if len(seen.Layers) != 31 || len(stock.Layers) != 31 {
		t.Fatalf("got %d and %d layers, want 31 each", len(seen.Layers), len(stock.Layers))
	}
	for i, want := range seen.Layers {
		if want.Init = nil; !reflect.DeepEqual(stock.Layers[i], want) {
			t.Errorf("%+v, want %+v", stock.Layers[i], want)
		}
		for _, q := range profile.LayerQuantities {
			got, _ := q.Of(&stock.Records[0], i)
			want, _ := q.Of(&seen.Records[0], i)
			if slices.Contains([]string{"delta_rms", "act_grad_rms", "pre_std", "act_mean"}, q.Name) && math.Abs(got/want-1) > 1e-12 {
				t.Errorf("layer %d, %s: %g, want %g", i+1, q.Name, got, want)
			}
		}
	}
}

func TestOwnSigmoidLayersFailTheTest(t *testing.T) {
	d, err := vanishtest.Options{NoRemedies: true, Steps: 2}.Check(sigmoids(), structureSet(t))
	if err != nil {
		t.Fatal(err)
	}
	if list := vanishtest.Sick(d); len(list) == 0 || list[0].Rule != "vanishing" {
		t.Errorf("%v: got %+v, want vanishing first", d.Verdict, list)
	}
}

func TestStockConvolutionsVanish(t *testing.T) {
	s, must := newStockGraph(t), gorgonia.Must
	h := s.normal("x", 1, 2, 3, 6, 6)
	for i := range 20 {
		one := []int{1, 1}
		z := must(gorgonia.Conv2d(h, s.weight(fmt.Sprintf("conv%d", i+1), 0.2, 3, 3, 3, 3), tensor.Shape{3, 3}, one, one, one))
		h = must(gorgonia.Sigmoid(z))
	}
	p := s.watched(must(gorgonia.Mul(must(gorgonia.Reshape(h, tensor.Shape{2, 108})), s.weight("out", 0.1, 108, 2))))
	if len(p.Layers) != 21 || p.Layers[19].Depth != 20 || p.Layers[19].Units != 3 || p.Layers[19].FanIn != 27 {
		t.Errorf("got %d layers, the last hidden one %+v, want 21, of depth 20 and 3 units", len(p.Layers), p.Layers[19])
	}
	expect(t, p, vanishing.Vanishing, "layer 1 receives")
}

// recurrent records one run of a recurrent network of stock operations: 40 steps of 30 units with orthogonal weights times gain.
func recurrent(t *testing.T, gain float64) vanishing.Profile {
	t.Helper()
	s, must := newStockGraph(t), gorgonia.Must
	wx, wh := s.weight("wx", 0.1, 3, 30), s.weight("wh", 1, 30, 30)
	if err := (initializer.Orthogonal{Gain: gain}).Fill(wh.Value().(*tensor.Dense).Float64s(), tensor.Shape{30, 30}, initializer.Fan{In: 30, Out: 30}, s.rng); err != nil {
		t.Fatal(err)
	}
	h := s.normal("h0", 0.1, 4, 30)
	for i := range 40 {
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(s.normal(fmt.Sprint("x", i), 1, 4, 3), wx)), must(gorgonia.Mul(h, wh))))))
	}
	return s.watched(must(gorgonia.Mul(h, s.weight("out", 0.1, 30, 2))))
}

// The gradient of a recurrent network vanishes over time if the factor of each step is below 1, but not over its one layer of depth.
func TestRecurrentNetworkVanishesOverTime(t *testing.T) {
	for gain, want := range map[float64]vanishing.Verdict{0.7: vanishing.Vanishing, 1: vanishing.Healthy} {
		p := recurrent(t, gain)
		if l := p.Layers[39]; len(p.Layers) != 41 || l.Path != "wh" || l.Depth != 1 || l.Step != 40 || !l.Recurrent || p.Layers[40].Depth != 2 {
			t.Errorf("got %d layers, the last hidden one %+v, want 41, and step 40 of wh", len(p.Layers), l)
		}
		d := expect(t, p, want, "recurrent layer 1")
		if p.Theory.None != "theory does not cover layers over several steps, such as wh" {
			t.Errorf("theory: got %q, want the reason that wh is a layer over steps", p.Theory.None)
		}
		if d.Time.Steps != 40 || !math.IsNaN(d.Slope) {
			t.Errorf("got %+v and slope %g, want 40 steps and no slope over the depth", d.Time, d.Slope)
		}
		// From step to step the weights and the derivative of tanh change the gradient.
		layers := p.Records[0].Layers
		for i := range 39 {
			if got, want := p.Records[0].Details.Layers[i].Gains.Total(), math.Log10(float64(layers[i].DeltaRMS/layers[i+1].DeltaRMS)); math.Abs(got-want) > 1e-9 {
				t.Errorf("step %d gains %g, want %g", i+1, got, want)
			}
		}
	}
}

// Eight parallel towers of different scale are one layer deep, so nothing vanishes.
func TestTowersOfDifferentScale(t *testing.T) {
	model := graph.Sequential{graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		var towers []*gorgonia.Node
		for i := range 8 {
			tower := graph.Tanh.Apply(b, own(4, 0.3).Apply(b, x))
			towers = append(towers, b.Check(op.Scale(tower, math.Pow(10, float64(-i)))))
		}
		return b.Check(gorgonia.Concat(1, towers...))
	}), own(3, 0.3)}
	p, built := observed(t, model)
	if built.Structure().Depth() != 2 || len(p.Layers) != 9 {
		t.Errorf("structure: got\n%v\nwant depth 2 and 9 layers", built.Structure())
	}
	expect(t, p, vanishing.Healthy, "side by side")
	if !strings.Contains(p.Theory.None, "layers side by side, such as mine1 and mine2") {
		t.Errorf("theory: got %+v, want the reason that layers are side by side", p.Theory)
	}
	if first, last := p.Records[0].Layers[0].DeltaRMS, p.Records[0].Layers[7].DeltaRMS; first/last < 1e6 {
		t.Errorf("the gradients of the towers are %g to %g, want seven decades", first, last)
	}
}

// Theory covers user-written layers as it does ours, or else gives the reason why not.
func TestTheoryOfOwnLayers(t *testing.T) {
	add := func(with func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node) graph.Model {
		return graph.Sequential{own(6, 0.3), graph.Tanh, graph.LayerFunc(func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			return b.Check(op.Add(own(6, 0.3).Apply(b, h), with(b, h)))
		}), graph.Tanh, own(3, 0.3)}
	}
	for want, model := range map[string]graph.Model{
		"": add(func(_ *graph.Builder, h *gorgonia.Node) *gorgonia.Node { return h }),
		"layer mine3 adds the results of several linear maps": add(func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			return own(6, 0.3).Apply(b, h)
		}),
		"a sum in layer mine2": add(func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node { return b.Check(op.Scale(h, 0.5)) }),
		"the normalisation of layer mine1": graph.Sequential{own(6, 0.3), graph.LayerFunc(func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			return b.Check(op.BroadcastMul(h, b.Scope("gain").Param(graph.Param{Name: "gain", Role: graph.Gain, Init: initializer.Constant{Value: 1}}, 1, 6)))
		}), graph.Tanh, own(3, 0.3)},
	} {
		p, built := observed(t, model)
		if got := p.Theory.None; !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("theory says %q, want %q, of\n%v", got, want, built.Structure())
		}
	}
}
