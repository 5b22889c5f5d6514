package optim

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/goldens"
)

// The optimisers that PyTorch does not have are held to the formulas of their papers, written out here, over a hundred steps.

// A formula moves w at step t, counted from 1, by its gradient.
type formula func(t int, w, g []float64)

// follows compares an optimiser with a formula, on a parameter of the given shape and role.
func follows(t *testing.T, o Optimizer, role graph.Role, shape []int, f formula) {
	t.Helper()
	want := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range want {
		want[i] = math.Sin(float64(3 * i))
	}
	followsOf(t, o, &graph.Param{Name: "w", Role: role, Value: dense(t, tensor.Float64, want, shape)}, f)
}

// followsOf is follows of a parameter.
func followsOf(t *testing.T, o Optimizer, p *graph.Param, f formula) {
	t.Helper()
	shape, want, g := p.Value.Shape(), slices.Clone(p.Value.Float64s()), make([]float64, p.Size())
	for step := 1; step <= 100; step++ {
		for i := range g {
			g[i] = math.Cos(float64(7*i+step)) + 0.1*want[i]
		}
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{dense(t, tensor.Float64, g, shape)}, o.Rate()); err != nil {
			t.Fatal(err)
		}
		f(step, want, g)
		if e := goldens.RelErr(p.Value.Float64s(), want); e > 1e-12 {
			t.Fatalf("%v: step %d differs by %g", o, step, e)
		}
	}
}

func size(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func TestLionFollowsItsPaper(t *testing.T) {
	m := make([]float64, 5)
	follows(t, &Lion{LearningRate: 0.01, Beta1: 0.8, Beta2: 0.95, WeightDecay: 0.1}, graph.Weight, []int{5}, func(_ int, w, g []float64) {
		for i := range w {
			u := math.Copysign(1, 0.8*m[i]+0.2*g[i])
			w[i] -= 0.01 * (u + 0.1*w[i])
			m[i] = 0.95*m[i] + 0.05*g[i]
		}
	})
}

// The sign of zero is zero, and a NaN shows.
func TestLionAtZero(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		p := &graph.Param{Name: "w", Value: dense(t, dt, []float64{1, 1, 1, 1}, []int{4})}
		g := dense(t, dt, []float64{0, 1e-30, -1e-30, math.NaN()}, []int{4})
		if err := (&Lion{}).Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.5); err != nil {
			t.Fatal(err)
		}
		got := goldens.Floats(t, p.Value.Data())
		if got[0] != 1 || got[1] != 0.5 || got[2] != 1.5 || !math.IsNaN(got[3]) {
			t.Errorf("%v: got %v, want 1, 0.5, 1.5 and NaN", dt, got)
		}
	}
}

func TestLAMBFollowsItsPaper(t *testing.T) {
	m, v, u := make([]float64, 6), make([]float64, 6), make([]float64, 6)
	o := &LAMB{LearningRate: 0.02, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-4, WeightDecay: 0.1}
	follows(t, o, graph.Weight, []int{2, 3}, func(step int, w, g []float64) {
		for i := range w {
			m[i] = 0.8*m[i] + 0.2*g[i]
			v[i] = 0.95*v[i] + 0.05*g[i]*g[i]
			mean, square := m[i]/(1-math.Pow(0.8, float64(step))), v[i]/(1-math.Pow(0.95, float64(step)))
			u[i] = mean/(math.Sqrt(square)+1e-4) + 0.1*w[i]
		}
		ratio := size(w) / size(u)
		for i := range w {
			w[i] -= 0.02 * ratio * u[i]
		}
	})
}

func TestLARSFollowsItsPaper(t *testing.T) {
	for _, role := range []graph.Role{graph.Weight, graph.Bias} {
		v := make([]float64, 6)
		o := &LARS{LearningRate: 0.5, Momentum: 0.9, TrustCoefficient: 0.02, WeightDecay: 0.01}
		follows(t, o, role, []int{6}, func(_ int, w, g []float64) {
			local := 1.0
			if role == graph.Weight {
				local = 0.02 * size(w) / (size(g) + 0.01*size(w))
			}
			for i := range w {
				v[i] = 0.9*v[i] + 0.5*local*(g[i]+0.01*w[i])
				w[i] -= v[i]
			}
		})
	}
}

// Learned positions are a table, which LARS scales as it does a weight.
func TestLARSScalesTables(t *testing.T) {
	follows(t, &LARS{LearningRate: 0.5, TrustCoefficient: 0.02}, graph.Bias, []int{3, 2}, func(_ int, w, g []float64) {
		local := 0.02 * size(w) / size(g)
		for i := range w {
			w[i] -= 0.5 * local * g[i]
		}
	})
}

// A parameter or a gradient of zeros has no norm to compare with.
func TestTrustInZeros(t *testing.T) {
	for _, o := range []Optimizer{&LAMB{}, &LARS{}} {
		zero := &graph.Param{Name: "zero", Value: vector(0.0, 0)}
		still := &graph.Param{Name: "still", Value: vector(1.0, 2)}
		if err := o.Step([]*graph.Param{zero, still}, []*tensor.Dense{vector(3.0, 4), vector(0.0, 0)}, 0.5); err != nil {
			t.Fatal(err)
		}
		if w := zero.Value.Float64s(); !(w[0] < 0 && w[1] < 0) {
			t.Errorf("%v: zeros went to %v", o, w)
		}
		if w := still.Value.Float64s(); w[0] != 1 || w[1] != 2 {
			t.Errorf("%v: a gradient of zeros moved the parameter to %v", o, w)
		}
	}
}

func TestMuonFollowsItsPaper(t *testing.T) {
	for _, shape := range [][]int{{3, 4}, {4, 3}, {3, 3}, {1, 5}} {
		for _, plain := range []bool{false, true} {
			b := make([]float64, shape[0]*shape[1])
			o := &Muon{LearningRate: 0.05, Momentum: 0.9, WeightDecay: 0.1, NoNesterov: plain}
			follows(t, o, graph.Weight, shape, func(_ int, w, g []float64) {
				d := make([]float64, len(w))
				for i := range w {
					b[i] = 0.9*b[i] + g[i]
					d[i] = g[i] + 0.9*b[i]
					if plain {
						d[i] = b[i]
					}
				}
				d = orthogonalByLoops(d, shape[0], shape[1])
				scale := math.Sqrt(math.Max(1, float64(shape[1])/float64(shape[0])))
				for i := range w {
					w[i] -= 0.05*0.1*w[i] + 0.05*scale*d[i]
				}
			})
		}
	}
}

// A recurrent layer has weights (out, in). One step of them is the transpose of that of a weight (in, out) with the transposed gradient.
func TestMuonOfRecurrentWeights(t *testing.T) {
	const in, out = 4, 64
	w, g := make([]float64, in*out), make([]float64, in*out)
	for i := range w {
		w[i], g[i] = math.Sin(float64(3*i)), math.Cos(float64(7*i))
	}
	columns := &graph.Param{Name: "w", Value: dense(t, tensor.Float64, w, []int{in, out})}
	rows := &graph.Param{
		Name: "w", Value: dense(t, tensor.Float64, transposed(w, in, out), []int{out, in}), Units: structure.Units{Blocks: 1, Count: out, Run: in},
	}
	for p, g := range map[*graph.Param]*tensor.Dense{
		columns: dense(t, tensor.Float64, g, []int{in, out}), rows: dense(t, tensor.Float64, transposed(g, in, out), []int{out, in}),
	} {
		if err := (&Muon{}).Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.02); err != nil {
			t.Fatal(err)
		}
	}
	// Each of the five steps multiplies differences of rounding, of about 1e-15, by 3.4 at most.
	if e := goldens.RelErr(transposed(rows.Value.Float64s(), out, in), columns.Value.Float64s()); e > 1e-12 {
		t.Errorf("the weights differ by %g", e)
	}
	followed := &graph.Param{Name: "w", Value: dense(t, tensor.Float64, []float64{1, 2, 3, -4, 5, 7, -8, 9}, []int{4, 2})}
	followed.Units = structure.Units{Blocks: 1, Count: 4, Run: 2}
	followsOf(t, &Muon{LearningRate: 0.05, Momentum: 1e-300, NoNesterov: true}, followed, func(_ int, w, g []float64) {
		d := orthogonalByLoops(slices.Clone(g), 4, 2)
		for i := range w {
			w[i] -= 0.05 * math.Sqrt(4.0/2) * d[i]
		}
	})
}

// orthogonalByLoops is X·(a + b·XᵀX + c·(XᵀX)²), five times.
func orthogonalByLoops(x []float64, rows, cols int) []float64 {
	norm := size(x) + 1e-7
	for i := range x {
		x[i] /= norm
	}
	for range 5 {
		gram := product(transposed(x, rows, cols), x, cols, rows, cols)
		square := product(gram, gram, cols, cols, cols)
		for i := range gram {
			gram[i] = -4.7750*gram[i] + 2.0315*square[i]
		}
		next := product(x, gram, rows, cols, cols)
		for i := range x {
			x[i] = 3.4445*x[i] + next[i]
		}
	}
	return x
}

func product(a, b []float64, m, k, n int) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for p := range k {
				c[i*n+j] += a[i*k+p] * b[p*n+j]
			}
		}
	}
	return c
}

func transposed(x []float64, rows, cols int) []float64 {
	out := make([]float64, len(x))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = x[i*cols+j]
		}
	}
	return out
}

// A matrix of equal singular values comes out with singular values near 1.
func TestNewtonSchulzIsNearlyOrthogonal(t *testing.T) {
	o := &Muon{LearningRate: 1, NoNesterov: true}
	p := &graph.Param{Name: "w", Value: matrix(0.0, 0, 0, 0)}
	if err := o.Step([]*graph.Param{p}, []*tensor.Dense{matrix(0.0, -30, 30, 0)}, 1); err != nil {
		t.Fatal(err)
	}
	w := p.Value.Float64s()
	if math.Abs(w[0]) > 1e-9 || w[1] < 0.6 || w[1] > 1.3 || w[2] != -w[1] || math.Abs(w[3]) > 1e-9 {
		t.Errorf("got %v, want the negative rotation, times 0.7 to 1.2", w)
	}
}

// What is no matrix, or excluded, moves as by AdamW.
func TestMuonLeavesTheRestToAdamW(t *testing.T) {
	inner := AdamW{LearningRate: 0.01, WeightDecay: 0.1}
	muon := &Muon{LearningRate: 0.05, Exclude: "^head/", AdamW: inner, Groups: []Group{{Params: "slow", RateFactor: 0.5}}}
	for _, name := range []string{"bias", "slow", "head/weight"} {
		fresh := func() *graph.Param {
			if name == "head/weight" {
				return &graph.Param{Name: name, Value: matrix(1.0, 2, 3, 4)}
			}
			return &graph.Param{Name: name, Value: vector(1.0, 2, 3, 4)}
		}
		a, b := fresh(), fresh()
		adamw := &AdamW{LearningRate: 0.01, WeightDecay: 0.1}
		rate := 0.01
		if name == "slow" {
			rate /= 2
		}
		for range 3 {
			g := a.Value.Clone().(*tensor.Dense)
			if err := muon.Step([]*graph.Param{a}, []*tensor.Dense{g}, 0.05); err != nil {
				t.Fatal(err)
			}
			if err := adamw.Step([]*graph.Param{b}, []*tensor.Dense{g}, rate); err != nil {
				t.Fatal(err)
			}
		}
		if e := goldens.ElementRelErr(a.Value.Float64s(), b.Value.Float64s()); e > 1e-14 {
			t.Errorf("%s: got %v, want %v", name, a.Value, b.Value)
		}
	}
}
