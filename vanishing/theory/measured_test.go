package theory_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Theory against networks that are really built and run, as the recorder sees them.

// seeds is the number of networks of each kind.
const seeds = 20

// linearLoss is the sum of output times target: the gradient that enters the network from above is the target, whatever
// the signal.
type linearLoss struct{}

func (linearLoss) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

func (linearLoss) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

func (linearLoss) String() string { return "linear loss" }

// A bench is a program whose weights are drawn anew for each network.
type bench struct {
	t       testing.TB
	program *graph.Program
	x, y    *tensor.Dense
}

func newBench(t testing.TB, model graph.Model, samples, features, outputs int) *bench {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{samples, features}, Loss: linearLoss{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	zeros := func(n int) *tensor.Dense { return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(samples, n)) }
	return &bench{t, p, zeros(features), zeros(outputs)}
}

// feed draws inputs of mean square 1 each, and targets.
func (b *bench) feed(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 11))
	x := b.x.Float64s()
	features := b.x.Shape()[1]
	for start := 0; start < len(x); start += features {
		row, sum := x[start:start+features], 0.0
		for i := range row {
			row[i] = rng.NormFloat64()
			sum += row[i] * row[i]
		}
		for i := range row {
			row[i] *= math.Sqrt(float64(features) / sum)
		}
	}
	for i, y := 0, b.y.Float64s(); i < len(y); i++ {
		y[i] = rng.NormFloat64()
	}
}

// set gives all weights and biases their values: standard draws times the standard deviations.
func (b *bench) set(draws [][]float64, std func(role graph.Role, in int) float64) {
	i := 0
	for _, p := range b.program.Params.All() {
		if p.Role != graph.Weight && p.Role != graph.Bias {
			continue
		}
		s := std(p.Role, p.Fan.In)
		for k, v := range draws[i] {
			p.Value.Float64s()[k] = s * v
		}
		i++
	}
}

// draws are standard numbers for all weights and biases, of variance 1.
func (b *bench) draws(seed uint64, uniform bool) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 7))
	var all [][]float64
	for _, p := range b.program.Params.All() {
		if p.Role != graph.Weight && p.Role != graph.Bias {
			continue
		}
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

// observe gives ln of the mean square of delta for each layer.
func (b *bench) observe() []float64 {
	b.t.Helper()
	profile, err := vanishing.Observe(b.t.Name(), b.program, b.x, b.y)
	if err != nil {
		b.t.Fatal(err)
	}
	var logs []float64
	for _, layer := range profile.Records[0].Layers {
		logs = append(logs, 2*math.Log(layer.DeltaRMS))
	}
	return logs
}

// layerOf is an activation as a layer. Those that graph lacks are drawn from what there is.
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
			one := gorgonia.NewConstant(1.0)
			return b.Check(gorgonia.HadamardDiv(x, b.Check(gorgonia.Add(b.Check(gorgonia.Abs(x)), one))))
		})
	case "erf": // 2Φ(√2 x) - 1, where Φ(x) = GELU(x)/x
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.Check(op.Scale(x, math.Sqrt2))
			phi := b.Check(gorgonia.HadamardDiv(b.Check(op.Activate(op.GELU, 0, x)), x))
			return b.Check(gorgonia.Sub(b.Check(op.Scale(phi, 2)), gorgonia.NewConstant(1.0)))
		})
	}
	t.Fatalf("no layer %q", name)
	return nil
}

func theoryOf(t testing.TB, name string) theory.Activation {
	t.Helper()
	if a, err := theory.Named(name); err == nil {
		return a
	}
	a, err := graph.ParseActivation(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// within is the bar for a mean of logarithms over the seeds: 3.6 standard errors for a variance of beta each, 15 % of the
// shift of the mean, which is the first term of an expansion, and 2 % of the square for all else.
func within(mean float64, l theory.LayerPrediction) (off, bar float64) {
	return math.Abs(mean - l.MeanLogDelta()), 3.6*math.Sqrt(l.Beta/seeds) + 0.15*l.Beta/2 + 0.02
}

var inits = []struct {
	name    string
	uniform bool
	weight  func(n float64) float64 // variance times width
	bias    func(n float64) float64
}{
	{"Xavier", false, fixedTo(1), fixedTo(0)},
	{"LeCun, uniform", true, fixedTo(1), fixedTo(0)},
	{"He", false, fixedTo(2), fixedTo(0)},
	{"PyTorch's default", true, fixedTo(1.0 / 3), func(n float64) float64 { return 1 / (3 * n) }},
	{"gain 0.7", false, fixedTo(0.49), fixedTo(0)},
	{"gain 1.2, biases", false, fixedTo(1.44), fixedTo(0.05)},
	{"gain 5/3", false, fixedTo(25.0 / 9), fixedTo(0)},
}

func fixedTo(v float64) func(float64) float64 { return func(float64) float64 { return v } }

var plainActivations = []string{
	"sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "elu", "selu", "softplus", "softsign", "erf", "linear",
}

func TestPlainNetworksMeasured(t *testing.T) {
	for _, width := range []int{64, 256} {
		for _, name := range plainActivations {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				if testing.Short() && width > 64 {
					t.Skip("short")
				}
				t.Parallel()
				measurePlain(t, name, width)
			})
		}
	}
}

// measurePlain runs networks of 50 layers. As the way back does not know of the layers above, what reaches layer 1 from layer
// 10 or 20 is that of a network of this depth.
func measurePlain(t *testing.T, name string, width int) {
	const depth = 50
	var model graph.Sequential
	for range depth {
		model = append(model, graph.Dense{Units: width}, layerOf(t, name))
	}
	model = append(model, graph.Dense{Units: 10})
	b := newBench(t, model, 1, width, 10)
	depths := []int{10, 20, 50}
	means := make([][]float64, len(inits))
	for i := range means {
		means[i] = make([]float64, len(depths))
	}
	for seed := range uint64(seeds) {
		b.feed(seed)
		draws := map[bool][][]float64{false: b.draws(seed, false), true: b.draws(seed, true)}
		for i, init := range inits {
			b.set(draws[init.uniform], func(role graph.Role, in int) float64 {
				if role == graph.Bias {
					return math.Sqrt(init.bias(float64(in)))
				}
				return math.Sqrt(init.weight(float64(in)) / float64(in))
			})
			logs := b.observe()
			for k, d := range depths {
				means[i][k] += (logs[0] - logs[d-1]) / seeds
			}
		}
	}
	for i, init := range inits {
		for k, d := range depths {
			net := theory.Plain(d, width, theoryOf(t, name), init.weight(float64(width)), init.bias(float64(width)))
			p, err := theory.Predict(net)
			if err != nil {
				t.Fatal(err)
			}
			off, bar := within(means[i][k], p.Layers[0])
			mark := ""
			if off > bar {
				mark = "  <<<<<"
			}
			t.Logf("%s, %s, width %d, %d layers: %.3f, predicted %.3f ± %.3f (beta %.2f)%s", name, init.name, width, d, means[i][k],
				p.Layers[0].MeanLogDelta(), bar, p.Layers[0].Beta, mark)
		}
	}
}
