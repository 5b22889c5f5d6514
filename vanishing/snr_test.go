package vanishing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// snrOf computes the ratio for x (8, 5) and dz (8, 3), each times a power of two, from pairs of rows or from the product of the halves.
func snrOf(t *testing.T, dt tensor.Dtype, pairs bool, mean float64, ofX, ofDZ int) float64 {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	x, dz := make([]float64, 8*5), make([]float64, 8*3)
	for i := range x {
		x[i] = float64(float32(rng.NormFloat64() + 1))
	}
	for i := range dz {
		dz[i] = float64(float32(rng.NormFloat64() + mean))
	}
	norm, gradient := 0.0, make([]float64, 5*3)
	for at := range gradient {
		for b := range 8 {
			gradient[at] += x[b*5+at/3] * dz[b*3+at%3]
		}
		norm = math.Hypot(norm, gradient[at])
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
	var s noise = &halfProduct{denseBatch: denseBatch{batch: 8, in: 5, out: 3}}
	if pairs {
		s = &signalToNoise{denseBatch: denseBatch{batch: 8, in: 5, out: 3}}
	}
	return s.measure(math.Ldexp(norm, ofX+ofDZ), value(gradient, ofX+ofDZ, 5, 3), []gorgonia.Value{value(x, ofX, 8, 5), value(dz, ofDZ, 8, 3)})
}

// A ratio does not depend on the scale of x and dz, bit by bit, even where products of their elements overflow or underflow.
func TestSNRAtAnyScale(t *testing.T) {
	for dt, exponents := range map[tensor.Dtype][][2]int{
		tensor.Float32: {{0, -20}, {-20, 20}, {0, -55}, {0, -70}, {0, -110}, {-90, 0}, {-90, 60}, {0, 100}, {100, -100}},
		tensor.Float64: {{0, -200}, {0, -600}, {-700, 0}, {0, -1000}, {0, 900}},
	} {
		for _, pairs := range []bool{true, false} {
			want := snrOf(t, dt, pairs, 0.5, 0, 0)
			if !(1 < want && want < 100) {
				t.Fatalf("%v: the ratio is %g", dt, want)
			}
			for _, e := range exponents {
				if got := snrOf(t, dt, pairs, 0.5, e[0], e[1]); got != want {
					t.Errorf("%v, x times 2^%d and dz times 2^%d, from pairs %t: the ratio is %v, want %v", dt, e[0], e[1], pairs, got, want)
				}
			}
		}
	}
}

// A zero gradient, or one whose elements have lost digits, has no ratio.
func TestSNROfALostGradient(t *testing.T) {
	for dt, exponent := range map[tensor.Dtype]int{tensor.Float32: -130, tensor.Float64: -1050} {
		for _, pairs := range []bool{true, false} {
			if got := snrOf(t, dt, pairs, 0.5, 0, exponent); !math.IsNaN(got) {
				t.Errorf("%v, from pairs %t: the ratio is %g, want NaN", dt, pairs, got)
			}
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
			t.Errorf("norm of the first gradient: got %g, want less than 2e-17 for this test", r.Params[0].GradL2)
		}
	}
	if within := 1e-3 * first[1]; !(math.Abs(first[0]-first[1]) < within) || math.Abs(first[1]-1) < 0.05 {
		t.Errorf("ratio: got %g in float32 and %g in float64, want the same, and not 1", first[0], first[1])
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

// The gradient norms measured by an optimiser are correct even where squares overflow or underflow float64.
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
			w := &probe{params: []*graph.Binding{{Param: &graph.Param{Value: x}, Grad: g}}, places: []int{0}, record: newRecord(0, 1, 0, 0, false, tiers{})}
			w.recordSums([]optim.Sums{{Grad: sum}}, &train.Run{})
			within(t, "norm", w.record.Params[0].GradL2, want, 1e-12)
			within(t, "root mean square", w.record.Params[0].GradRMS, want/math.Sqrt(48), 1e-12)
		})
	}
}

// The signal-to-noise ratio equals that of the gradients of the two halves, here computed in separate runs. If the loss is the mean
// over the batch, the gradient of the whole batch is the mean of the gradients of the halves.
func TestSNRIsThatOfTheHalves(t *testing.T) {
	model := networks["sigmoid"]
	p, x, y := kept(t, model, 8)
	profile := observe(t, p, x, y)
	halves := make([]map[string][]float64, 2)
	for h := range halves {
		part, err := graph.Build(graph.Config{Model: model, Params: p.Params, Input: tensor.Shape{4, 6}, Loss: graph.CrossEntropy{}})
		if err != nil {
			t.Fatal(err)
		}
		px := tensor.New(tensor.WithShape(4, 6), tensor.WithBacking(x.Float64s()[24*h:24*h+24]))
		py := tensor.New(tensor.WithShape(4), tensor.WithBacking(y.Ints()[4*h:4*h+4]))
		if err := part.Run(px, py); err != nil {
			t.Fatal(err)
		}
		halves[h] = make(map[string][]float64)
		for _, w := range part.Weights {
			halves[h][w.Name] = append([]float64(nil), w.Grad.Value().Data().([]float64)...)
		}
	}
	known := 0
	for i, param := range profile.Params {
		snr := profile.Records[0].Details.Params[i].SNR
		if param.Role != "weight" {
			if snr != nil {
				t.Errorf("%s: SNR: got %g, want none", param.Name, *snr)
			}
			continue
		}
		known++
		signal, noise := 0.0, 0.0
		for k, a := range halves[0][param.Name] {
			b := halves[1][param.Name][k]
			signal += (a + b) * (a + b)
			noise += (a - b) * (a - b)
		}
		within(t, param.Name, *snr, signal/noise, 1e-9)
	}
	if known != 6 {
		t.Errorf("%d weights with a ratio, want 6", known)
	}
}

// Before batch normalisation the halves of x - mean(x) are compared, because the gradients of a unit sum to zero over the batch.
func TestSNRBeforeBatchNormalisation(t *testing.T) {
	plain := mlp.Model{Input: 6, Depth: 2, Width: 5, Output: 3, Norm: graph.BN}
	checkCentredSNR(t, plain, 1)
	residual := resnet.Model{Input: 6, Blocks: 2, Width: 5, Output: 3, Norm: graph.BN, PreActivation: true}
	for _, layer := range []int{0, 2} { // followed by normalisation in the branches only
		checkCentredSNR(t, residual, layer)
	}
}

func checkCentredSNR(t *testing.T, model graph.Model, at int) {
	t.Helper()
	p, x, y := kept(t, model, 8)
	profile := observe(t, p, x, y)
	layer := p.Layers[at]
	in, out := op.Operands(layer.Linear)[0].Shape()[1], layer.Linear.Shape()[1]
	inputs, dz := op.Operands(layer.Linear)[0].Value().Data().([]float64), layer.Linear.Deriv().Value().Data().([]float64)
	mean := make([]float64, in)
	for i, v := range inputs {
		mean[i%in] += v / 8
	}
	signal, noise := 0.0, 0.0
	for i := range in {
		for j := range out {
			var halves [2]float64
			for b := range 8 {
				halves[b/4] += (inputs[in*b+i] - mean[i]) * dz[out*b+j]
			}
			signal += (halves[0] + halves[1]) * (halves[0] + halves[1])
			noise += (halves[0] - halves[1]) * (halves[0] - halves[1])
		}
	}
	for i, param := range profile.Params {
		if param.Name == layer.Path+"/weight" {
			within(t, param.Name, *profile.Records[0].Details.Params[i].SNR, signal/noise, 1e-9)
			return
		}
	}
	t.Errorf("no weight of layer %s", layer.Path)
}
