package vanishing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
)

// snrOf is the ratio for given x (8, 5) and dz (8, 3), times powers of two.
func snrOf(t *testing.T, dt tensor.Dtype, mean float64, ofX, ofDZ int) float64 {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	x, dz := make([]float64, 8*5), make([]float64, 8*3)
	for i := range x {
		x[i] = float64(float32(rng.NormFloat64() + 1))
	}
	for i := range dz {
		dz[i] = float64(float32(rng.NormFloat64() + mean))
	}
	norm := 0.0
	for i := range 5 {
		for j := range 3 {
			g := 0.0
			for b := range 8 {
				g += x[b*5+i] * dz[b*3+j]
			}
			norm = math.Hypot(norm, g)
		}
	}
	value := func(list []float64, exponent int, shape ...int) gorgonia.Value {
		v := tensor.New(tensor.Of(dt), tensor.WithShape(shape...))
		for i, f := range list {
			if f = math.Ldexp(f, exponent); dt == tensor.Float32 {
				v.Float32s()[i] = float32(f)
			} else {
				v.Float64s()[i] = f
			}
		}
		return v
	}
	s := &signalToNoise{batch: 8, in: 5, out: 3}
	return s.measure(math.Ldexp(norm, ofX+ofDZ), []gorgonia.Value{value(x, ofX, 8, 5), value(dz, ofDZ, 8, 3)})
}

// A ratio does not depend on the sizes of x and dz, to the last bit: also where products of their elements leave the range.
func TestSNRAtAnyScale(t *testing.T) {
	for dt, exponents := range map[tensor.Dtype][][2]int{
		tensor.Float32: {{0, -20}, {-20, 20}, {0, -55}, {0, -70}, {0, -110}, {-90, 0}, {-90, 60}, {0, 100}, {100, -100}},
		tensor.Float64: {{0, -200}, {0, -600}, {-700, 0}, {0, -1000}, {0, 900}},
	} {
		want := snrOf(t, dt, 0.5, 0, 0)
		if !(1 < want && want < 100) {
			t.Fatalf("%v: the ratio is %g", dt, want)
		}
		for _, e := range exponents {
			if got := snrOf(t, dt, 0.5, e[0], e[1]); got != want {
				t.Errorf("%v, x times 2^%d and dz times 2^%d: the ratio is %v, want %v", dt, e[0], e[1], got, want)
			}
		}
	}
}

// A gradient that has lost digits to its type has no ratio, nor has one of zero.
func TestSNROfALostGradient(t *testing.T) {
	for dt, exponent := range map[tensor.Dtype]int{tensor.Float32: -130, tensor.Float64: -1050} {
		if got := snrOf(t, dt, 0.5, 0, exponent); !math.IsNaN(got) {
			t.Errorf("%v: the ratio is %g, want NaN", dt, got)
		}
	}
}

// The first of 30 sigmoid layers has the same ratio in both types. Its gradient is 1e-20 of the last one's.
func TestSNROfADeepNetwork(t *testing.T) {
	model := mlp.Model{Input: 20, Depth: 30, Width: 30, Output: 10, Activation: graph.Sigmoid}
	var first [2]float64
	for i, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		x, y := randomBatch(t, 1, 32, 20, 10)
		if dt == tensor.Float64 {
			x = double(x)
		}
		p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(dt, 1), Input: tensor.Shape{32, 20}, Loss: graph.CrossEntropy{}})
		if err != nil {
			t.Fatal(err)
		}
		r := observe(t, p, x, y).Records[0]
		if first[i] = float64(*r.Details.Params[0].SNR); i == 0 && !(r.Params[0].GradL2 < 2e-17) {
			t.Errorf("the first gradient has a norm of %g, which is no test of this", r.Params[0].GradL2)
		}
	}
	if within := 1e-3 * first[1]; !(math.Abs(first[0]-first[1]) < within) || math.Abs(first[1]-1) < 0.05 {
		t.Errorf("the ratio is %g in float32, %g in float64", first[0], first[1])
	}
}

// double is x in float64.
func double(x *tensor.Dense) *tensor.Dense {
	to := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(x.Shape()...))
	for i, v := range x.Float32s() {
		to.Float64s()[i] = float64(v)
	}
	return to
}

// The norms of gradients that an optimiser measures are right where squares leave float64, too.
func TestMeasuredNormsBeyondTheRangeOfSquares(t *testing.T) {
	for _, size := range []float64{1e-200, 1e-160, 1, 1e160} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 1)), 8, 6)
			if err != nil {
				t.Fatal(err)
			}
			g := gorgonia.NewTensor(gorgonia.NewGraph(), tensor.Float64, 2, gorgonia.WithShape(8, 6), gorgonia.WithValue(x))
			want := size * float64(valueL2(x))
			sum := 0.0
			for i := range x.Float64s() {
				x.Float64s()[i] *= size
				sum += x.Float64s()[i] * x.Float64s()[i]
			}
			w := &probe{params: []*graph.Binding{{Param: &graph.Param{Value: x}, Grad: g}}, places: []int{0}, record: newRecord(0, 1, 0, tiers{})}
			w.takeSums([]optim.Sums{{Grad: sum}}, nil)
			within(t, "norm", w.record.Params[0].GradL2, want, 1e-12)
			within(t, "root mean square", w.record.Params[0].GradRMS, want/math.Sqrt(48), 1e-12)
		})
	}
}
