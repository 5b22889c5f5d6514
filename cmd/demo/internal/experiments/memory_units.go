package experiments

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Linear recurrent units of several memories read white noise, for so many times their memory. They have so many states, and as many
// outputs: the gradient by a state then has the mean square 2, since the elements of C have the variance 1/states.
const (
	unitStates   = 128
	unitFeatures = 16
	unitSpan     = 5
	unitSeeds    = 8
)

// unitGradients are the gradients of such units, at their first values.
type unitGradients struct {
	memories  []float64 // 1/(1-|λ|) of all states of a unit
	rows      []unitRow
	most      float64 // the largest gradient by the states at any step, over that at the last one
	diagnosis vanishing.Diagnosis
}

// A unitRow is the root mean square of the gradient by a parameter, by memory: with γ = 1, and with the unit's γ = sqrt(1-|λ|²).
type unitRow struct {
	name               string
	measured, expected [2][]float64
	limits             [2]float64 // the powers of the memory in the limit
}

// unitParams are the parameters, with their gradients by theory, where the gradient by a state has the mean square 2.
var unitParams = []struct {
	name string
	of   func(theory.Sensitivity) float64
	free float64 // the power of the memory with γ = 1; γ takes a half from it
}{
	{"|λ|", func(s theory.Sensitivity) float64 { return s.Lambda }, 1.5},
	{"nu_log", func(s theory.Sensitivity) float64 { return s.Nu }, 0.5},
	{"theta_log", func(s theory.Sensitivity) float64 { return s.Theta }, 1.5},
	{"gamma_log", func(s theory.Sensitivity) float64 { return s.Gamma }, 0.5},
	{"B", func(s theory.Sensitivity) float64 { return s.B }, 0.5},
	{"C", func(s theory.Sensitivity) float64 { return s.Gamma / math.Sqrt2 }, 0.5}, // the real part of a state
}

// measureUnits measures units of the memories 10, 32, 100 and so on up to the longest; nil if that is below 100.
func measureUnits(ctx context.Context, longest int, seed uint64) (*unitGradients, error) {
	if longest < 100 {
		return nil, nil
	}
	u := &unitGradients{}
	for _, p := range unitParams {
		u.rows = append(u.rows, unitRow{name: p.name, limits: [2]float64{p.free, p.free - 0.5}})
	}
	for i := 2; math.Pow(10, float64(i)/2) <= float64(longest)*(1+1e-9); i++ {
		memory := math.Pow(10, float64(i)/2)
		u.memories = append(u.memories, memory)
		squares := make([][2][2]float64, len(u.rows)) // by parameter and γ: sums of the measured and the expected ones
		for k := range uint64(unitSeeds) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := u.add(squares, memory, seed+k); err != nil {
				return nil, err
			}
		}
		for p, row := range squares {
			for g, sums := range row {
				u.rows[p].measured[g] = append(u.rows[p].measured[g], math.Sqrt(sums[0]/unitSeeds))
				u.rows[p].expected[g] = append(u.rows[p].expected[g], math.Sqrt(sums[1]/unitSeeds))
			}
		}
	}
	return u, u.observe(seed)
}

// A unitRun is a unit on a batch of one sequence.
type unitRun struct {
	*graph.Program
	x, y  *tensor.Dense
	steps int
}

// newUnit draws a unit whose states have one memory, a sequence of white noise, and the gradient of the outputs at the last step.
func newUnit(memory float64, seed uint64) (r unitRun, err error) {
	size := 1 - 1/memory
	r.steps = int(unitSpan * memory)
	random := rand.New(rand.NewPCG(seed, 1))
	if r.x, err = tensors.Randn(tensor.Float64, random, 1, r.steps, unitFeatures); err != nil {
		return r, err
	}
	if r.y, err = tensors.Randn(tensor.Float64, random, 1, unitStates); err != nil {
		return r, err
	}
	r.Program, err = graph.Build(graph.Config{
		Model:  recurrent.LRU{Units: unitStates, RMin: size * (1 - 1e-12), RMax: size, NoSkip: true, Last: true},
		Params: graph.NewParams(tensor.Float64, seed), Input: r.x.Shape(), Loss: readOut{},
	})
	return r, err
}

// add adds the mean squares of the gradients of a unit, with its own γ and then with γ = 1.
func (u *unitGradients) add(squares [][2][2]float64, memory float64, seed uint64) error {
	r, err := newUnit(memory, seed)
	if err != nil {
		return err
	}
	defer r.Close()
	nu, theta, gamma := r.values("nu_log"), r.values("theta_log"), r.values("gamma_log")
	for _, g := range []int{1, 0} {
		if g == 0 {
			clear(gamma) // these are logarithms
		}
		if err := r.Run(r.x, r.y); err != nil {
			return err
		}
		decay := math.Exp(nu[0])
		for p, param := range unitParams {
			sums := &squares[p][g]
			if p == 0 { // nu_log is a parametrisation of |λ| = exp(-exp(nu_log))
				sums[0] += r.gradient("nu_log") * math.Exp(2*decay) / (decay * decay)
			} else {
				sums[0] += r.gradient(param.name)
			}
			for i := range nu {
				by, err := theory.LinearState{Decay: math.Exp(nu[i]), Phase: math.Exp(theta[i]), Gamma: math.Exp(gamma[i]), Steps: r.steps}.Sensitivity()
				if err != nil {
					return err
				}
				sums[1] += param.of(by) * param.of(by) / float64(len(nu))
			}
		}
	}
	return nil
}

// binding is a parameter of the unit.
func (r unitRun) binding(name string) *graph.Binding {
	return r.Weights[slices.IndexFunc(r.Weights, func(b *graph.Binding) bool { return strings.HasSuffix(b.Name, "/"+name) })]
}

func (r unitRun) values(name string) []float64 { return r.binding(name).Value.Float64s() }

// gradient is the mean square of the gradient by a parameter.
func (r unitRun) gradient(name string) (mean float64) {
	list := r.binding(name).Grad.Value().Data().([]float64)
	for _, v := range list {
		mean += v * v / float64(len(list))
	}
	return mean
}

// observe diagnoses the unit of the longest memory, and compares the gradients by its states over time.
func (u *unitGradients) observe(seed uint64) error {
	r, err := newUnit(u.memories[len(u.memories)-1], seed)
	if err != nil {
		return err
	}
	defer r.Close()
	p, err := vanishing.Observe("lru", r.Program, r.x, r.y)
	if err != nil {
		return err
	}
	u.diagnosis = vanishing.Diagnose(p)
	sizes := p.Records[0].Details.Sequences[0].DeltaRMS
	u.most = float64(slices.Max(sizes) / sizes[len(sizes)-1])
	return nil
}

// A readOut is the loss sum(output·target): the target is the gradient by the output.
type readOut struct{ graph.MSE }

// Apply implements graph.Loss.
func (readOut) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

// power is the slope of a line through the logarithms of sizes over those of the memories.
func (u *unitGradients) power(sizes []float64) float64 {
	x, y := make([]float64, len(sizes)), make([]float64, len(sizes))
	for i := range sizes {
		x[i], y[i] = math.Log(u.memories[i]), math.Log(sizes[i])
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope
}

// worst is the largest difference of a measured size from theory, as a share.
func (u *unitGradients) worst() (worst float64) {
	for _, row := range u.rows {
		for g := range row.measured {
			for i, size := range row.measured[g] {
				worst = max(worst, math.Abs(size/row.expected[g][i]-1))
			}
		}
	}
	return worst
}
