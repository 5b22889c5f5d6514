package theory_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Theory is compared with the recorder's measurements of networks.

// seeds is the number of networks of each kind.
func seeds() int {
	if testing.Short() {
		return 5
	}
	return 20
}

// linearLoss is the sum of output times target: the gradient at the output is the target for any signal.
type linearLoss struct{}

func (linearLoss) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

func (linearLoss) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

func (linearLoss) Reduction() graph.Reduction { return graph.Sum }
func (linearLoss) String() string             { return "linear loss" }

// A bench is a program whose weights are drawn again for each network.
type bench struct {
	t       testing.TB
	program *graph.Program
	x, y    *tensor.Dense
	logs    []float64 // ln of the mean square of delta by layer in the last run
	checked bool      // the taps have been compared with the recorder
}

func newBench(t testing.TB, model graph.Model, dtype tensor.Dtype, samples, features, outputs int) *bench {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(dtype, 1), Input: tensor.Shape{samples, features}, Loss: linearLoss{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	zeros := func(n int) *tensor.Dense { return tensor.New(tensor.Of(dtype), tensor.WithShape(samples, n)) }
	return &bench{t: t, program: p, x: zeros(features), y: zeros(outputs)}
}

// topSize is the size of the gradient at the output. The loss is linear, so all gradients are proportional to it; those of 50 layers
// of any kind then fit in float32.
const topSize = 1e20

// feed draws inputs of mean square 1 each, and targets.
func (b *bench) feed(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 11))
	features := b.x.Shape()[1]
	x := normals(rng, b.x.Shape().TotalSize())
	for start := 0; start < len(x); start += features {
		row := x[start : start+features]
		floats.Scale(math.Sqrt(float64(features))/floats.Norm(row, 2), row)
	}
	fill(b.x, x, 1)
	fill(b.y, normals(rng, b.y.Shape().TotalSize()), topSize)
}

func normals(rng *rand.Rand, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = rng.NormFloat64()
	}
	return list
}

// fill sets a tensor to numbers times a factor.
func fill(to *tensor.Dense, numbers []float64, factor float64) {
	if to.Dtype() == tensor.Float64 {
		floats.ScaleTo(to.Float64s(), factor, numbers)
		return
	}
	single := to.Float32s()
	for i, v := range numbers {
		single[i] = float32(factor * v)
	}
}

// A law is the distribution of weights and biases.
type law struct {
	name    string
	uniform bool
	wide    bool                    // gradients over 50 layers leave float32
	weight  func(n float64) float64 // variance times width
	bias    func(n float64) float64
}

// draws are standard numbers for the weights and biases of a network, of variance 1.
type draws [][]float64

// drawAll draws them, layer by layer from the input.
func (b *bench) drawAll(seed uint64, uniform bool) draws {
	rng := rand.New(rand.NewPCG(seed, 7))
	var all draws
	for _, p := range b.weightsAndBiases() {
		list := make([]float64, p.Size())
		for i := range list {
			if uniform {
				list[i] = math.Sqrt(12) * (rng.Float64() - 0.5)
			} else {
				list[i] = rng.NormFloat64()
			}
		}
		all = append(all, list)
	}
	return all
}

func (b *bench) weightsAndBiases() []*graph.Param {
	var list []*graph.Param
	for _, p := range b.program.Params.All() {
		if p.Role == graph.Weight || p.Role == graph.Bias {
			list = append(list, p)
		}
	}
	return list
}

// set gives all weights and biases their values. The draws may be those of a deeper network.
func (b *bench) set(d draws, by law) {
	for i, p := range b.weightsAndBiases() {
		in := float64(p.Fan.In)
		variance := by.weight(in) / in
		if p.Role == graph.Bias {
			variance = by.bias(in)
		}
		fill(p.Value, d[i][:p.Size()], math.Sqrt(variance))
	}
}

// observe gives ln of the mean square of delta for each layer. The recorder measures the first run; taps measure only the deltas of
// the others, in a third of the time.
func (b *bench) observe() []float64 {
	b.t.Helper()
	if !b.checked {
		b.checked = true
		return b.record()
	}
	if err := b.program.Run(b.x, b.y); err != nil {
		b.t.Fatal(err)
	}
	return slices.Clone(b.logs)
}

// record is observe by the recorder, for a comparison with the taps.
func (b *bench) record() []float64 {
	b.t.Helper()
	b.logs = make([]float64, len(b.program.Layers))
	for i, layer := range b.program.Layers {
		b.program.Tap(layer.Pre.Deriv(), func(v gorgonia.Value) { b.logs[i] = logMeanSquare(v.(*tensor.Dense)) })
	}
	profile, err := vanishing.Observe(b.t.Name(), b.program, b.x, b.y)
	if err != nil {
		b.t.Fatal(err)
	}
	var logs []float64
	for i, layer := range profile.Records[0].Layers {
		logs = append(logs, 2*math.Log(float64(layer.DeltaRMS)))
		if math.Abs(logs[i]-b.logs[i]) > 1e-5 { // the recorder adds squares of float32 in short runs
			b.t.Fatalf("layer %d: the recorder gives a ln of the mean square of %g, a tap %g", i+1, logs[i], b.logs[i])
		}
	}
	return logs
}

func logMeanSquare(v *tensor.Dense) float64 {
	sum := 0.0
	if v.Dtype() == tensor.Float64 {
		return 2 * math.Log(floats.Norm(v.Float64s(), 2)/math.Sqrt(float64(v.Size())))
	}
	for _, x := range v.Float32s() {
		sum += float64(x) * float64(x)
	}
	return math.Log(sum / float64(v.Size()))
}

// layerOf is an activation as a layer. Activations that graph lacks are composed of others.
func layerOf(t testing.TB, name string) graph.Layer {
	t.Helper()
	if a, err := graph.ParseActivation(name); err == nil {
		return a
	}
	switch name {
	case "linear":
		return graph.Identity
	case "softsign":
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			one := constantOne(x)
			return b.Check(gorgonia.HadamardDiv(x, b.Check(gorgonia.Add(b.Check(gorgonia.Abs(x)), one))))
		})
	case "erf": // 2Φ(√2 x) - 1, where Φ(x) = GELU(x)/x
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.Check(op.Scale(x, math.Sqrt2))
			phi := b.Check(gorgonia.HadamardDiv(b.Check(op.Activate(op.GELU, 0, x)), x))
			return b.Check(gorgonia.Sub(b.Check(op.Scale(phi, 2)), constantOne(x)))
		})
	}
	t.Fatalf("no layer %q", name)
	return nil
}

// constantOne is 1 in the type of x.
func constantOne(x *gorgonia.Node) *gorgonia.Node {
	if x.Dtype() == tensor.Float32 {
		return gorgonia.NewConstant(float32(1))
	}
	return gorgonia.NewConstant(1.0)
}

func theoryOf(t testing.TB, name string) theory.Activation {
	t.Helper()
	if name == "linear" {
		return graph.Identity
	}
	a, err := graph.ParseActivation(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// within is the tolerance for a mean of logarithms over n networks: 3.6 standard errors for a variance of beta each, 15 % of the shift of
// the mean, which is the first term of an expansion, and 2 % of the square for other errors.
func within(mean float64, n int, l theory.LayerPrediction) (off, bar float64) {
	return math.Abs(mean - l.MeanLogDelta()), 3.6*math.Sqrt(l.Beta/float64(n)) + 0.15*l.Beta/2 + 0.02
}

func predict(t testing.TB, net theory.Net) theory.Prediction {
	t.Helper()
	p, err := theory.Predict(net)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compare compares the mean over n networks of ln ms(delta_1)/ms(delta_L) with the prediction.
func compare(t testing.TB, what string, mean float64, n int, l theory.LayerPrediction) {
	t.Helper()
	off, bar := within(mean, n, l)
	report := fmt.Sprintf("%s: %.3f, predicted %.3f ± %.3f", what, mean, l.MeanLogDelta(), bar)
	if !(off <= bar) {
		t.Error(report)
		return
	}
	t.Log(report)
}
