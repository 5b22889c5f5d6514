package vanishing

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// curved is a training program of a small network with random data, and its batch.
func curved(t *testing.T, dt tensor.Dtype, model graph.Model, loss graph.Loss, samples int) (*graph.Program, map[string]*tensor.Dense) {
	t.Helper()
	x, err := tensors.Randn(dt, rand.New(rand.NewPCG(3, 1)), samples, 4)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Randn(dt, rand.New(rand.NewPCG(3, 2)), samples, 2)
	if err != nil {
		t.Fatal(err)
	}
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(dt, 5), Input: tensor.Shape{samples, 4}, Loss: loss})
	if err != nil {
		t.Fatal(err)
	}
	return p, map[string]*tensor.Dense{"input": x, "target": y}
}

// wholeHessian is the matrix of all second derivatives, by the given square roots on both sides.
func wholeHessian(t *testing.T, h *hessian) *mat.SymDense {
	t.Helper()
	all := make([]int, len(h.weights))
	for i := range all {
		all[i] = i
	}
	m := mat.NewSymDense(h.size, nil)
	column, e := make([]float64, h.size), make([]float64, h.size)
	for k := range h.size {
		e[k] = 1
		if err := h.times(column, e, all); err != nil {
			t.Fatal(err)
		}
		e[k] = 0
		for j := range k + 1 {
			m.SetSym(j, k, column[j])
		}
	}
	return m
}

// largest is the largest eigenvalue of a part of a matrix.
func largest(t *testing.T, m *mat.SymDense, from, to int) float64 {
	t.Helper()
	var e mat.EigenSym
	if !e.Factorize(m.SliceSym(from, to), false) {
		t.Fatal("no eigenvalues")
	}
	values := e.Values(nil)
	return values[len(values)-1]
}

// Against the eigenvalues of the whole matrix. The quotient of a vector is below the largest eigenvalue.
func TestSharpnessAgainstAllEigenvalues(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		p, batch := curved(t, dt, mlp.Model{Input: 4, Depth: 3, Width: 5, Output: 2, Activation: graph.Tanh}, graph.MSE{}, 12)
		s, err := Sharpness(p, batch, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		h, err := newHessian(p, batch)
		if err != nil {
			t.Fatal(err)
		}
		m := wholeHessian(t, h)
		near := func(what string, got, want float64) {
			if !(got < 1.001*want && got > 0.99*want) {
				t.Errorf("%v, %s: got %g, want %g", dt, what, got, want)
			}
		}
		near("network", float64(s.Value), largest(t, m, 0, h.size))
		shares := 0.0
		for i, layer := range p.Layers {
			part := h.layer(layer.Path)
			near(layer.Path, float64(s.Layers[i]), largest(t, m, h.spans[part[0]].from, h.spans[part[len(part)-1]].to))
			shares += float64(s.Shares[i])
		}
		if math.Abs(shares-1) > 1e-9 || !(s.Residual > 0 && s.Residual <= settled) || s.Gradients < 8 || s.Limit != 0 {
			t.Errorf("%v: got shares that sum to %g, and %+v", dt, shares, s)
		}
	}
}

// Far from a minimum an eigenvalue of much larger magnitude may be negative.
func TestSharpnessBesideNegativeCurvature(t *testing.T) {
	p, batch := curved(t, tensor.Float64, mlp.Model{Input: 4, Depth: 2, Width: 5, Output: 2, Activation: graph.Tanh}, graph.MSE{}, 12)
	for _, w := range p.Weights[2:] {
		for i := range w.Value.Float64s() {
			w.Value.Float64s()[i] *= 72
		}
	}
	h, err := newHessian(p, batch)
	if err != nil {
		t.Fatal(err)
	}
	var e mat.EigenSym
	e.Factorize(wholeHessian(t, h), false)
	values := e.Values(nil)
	least, most := values[0], values[len(values)-1]
	if least > -10*most {
		t.Fatalf("eigenvalues from %g to %g, want a larger negative one", least, most)
	}
	s, err := Sharpness(p, batch, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(s.Value)-most) > 0.03*most {
		t.Errorf("got %+v, want %g", s, most)
	}
}

// Of linear least squares the Hessian is 2·XᵀX/N with a column of ones, for each output by itself; MSE divides by the outputs, too.
// Steps just below the limit converge, and just above they diverge.
func TestSharpnessLimitOfSGD(t *testing.T) {
	for _, o := range []optim.SGD{{}, {Momentum: 0.9}, {Momentum: 0.8, Nesterov: true}, {WeightDecay: 0.5}} {
		for _, times := range []float64{0.97, 1.03} {
			p, batch := curved(t, tensor.Float64, graph.Dense{Units: 2}, graph.MSE{}, 12)
			s, err := Sharpness(p, batch, &o, 1)
			if err != nil {
				t.Fatal(err)
			}
			if want := leastSquares(batch["input"]); math.Abs(float64(s.Value)-want) > 0.01*want {
				t.Errorf("sharpness %g, want %g", s.Value, want)
			}
			// At the rate 1 the limit is limit(1) = c - decay, and the sharpness reaches it at the rate c/(sharpness + decay).
			o := o
			o.LearningRate = times * (float64(s.Limit) + o.WeightDecay) / (float64(s.Value) + o.WeightDecay)
			trainer := train.Trainer{
				Model: graph.Dense{Units: 2}, Loss: graph.MSE{}, Optimizer: &o, Params: p.Params, Epochs: 2000, BatchSize: 12, NoShuffle: true,
			}
			set := &data.Dataset{X: batch["input"], Y: batch["target"]}
			history, err := trainer.Fit(context.Background(), set, nil)
			if err != nil {
				t.Fatal(err)
			}
			last := history.Losses[len(history.Losses)-1]
			if diverged := !(last < 1e3); diverged != (times > 1) {
				t.Errorf("%v at %g times the limit: the loss ends at %g", &o, times, last)
			}
		}
	}
}

func leastSquares(x *tensor.Dense) float64 {
	n := x.Shape()[0]
	a := mat.NewDense(n, 5, nil)
	for i := range n {
		a.SetRow(i, append(append([]float64(nil), x.Float64s()[4*i:4*i+4]...), 1))
	}
	var m mat.SymDense
	m.SymOuterK(1/float64(n), a.T()) // 2/N, over two outputs
	var e mat.EigenSym
	e.Factorize(&m, false)
	return e.Values(nil)[4]
}

// With Adam the matrix is scaled by what Adam divides by.
func TestSharpnessScaledByAdam(t *testing.T) {
	model := mlp.Model{Input: 4, Depth: 2, Width: 3, Output: 2, Activation: graph.Tanh}
	p, batch := curved(t, tensor.Float64, model, graph.MSE{}, 12)
	adam := &optim.Adam{LearningRate: 0.01}
	if _, err := Sharpness(p, batch, adam, 0.01); err == nil || !strings.Contains(err.Error(), "no step yet") {
		t.Errorf("before the first step: %v", err)
	}
	set := &data.Dataset{X: batch["input"], Y: batch["target"]}
	trainer := train.Trainer{Model: model, Loss: graph.MSE{}, Optimizer: adam, Params: p.Params, Epochs: 5, BatchSize: 12}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	s, err := Sharpness(p, batch, adam, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHessian(p, batch)
	if err != nil {
		t.Fatal(err)
	}
	m, state := wholeHessian(t, h), adam.State()
	for i, b := range h.weights {
		for k, v := range state[b.Name+"/exp_avg_sq"].Float64s() {
			size := math.Sqrt(v/(1-math.Pow(0.999, 5))) + 1e-8
			at := h.spans[i].from + k
			for j := range h.size {
				scaled := m.At(at, j) / math.Sqrt(size)
				if j == at {
					scaled /= math.Sqrt(size)
				}
				m.SetSym(at, j, scaled)
			}
		}
	}
	if want := largest(t, m, 0, h.size); !(float64(s.Value) > 0.97*want && float64(s.Value) < 1.001*want) {
		t.Errorf("got %g, want %g", s.Value, want)
	}
	if want := 38 / 0.01; math.Abs(float64(s.Limit)-want) > 1e-9*want {
		t.Errorf("limit: got %g, want %g", s.Limit, want)
	}
}

// Groups of another weight decay leave the limit of AdamW, whose decay is no part of the gradient. A rate of their own leaves none, and so
// do any groups of Adam.
func TestSharpnessLimitOfGroups(t *testing.T) {
	model := mlp.Model{Input: 4, Depth: 2, Width: 3, Output: 2, Activation: graph.Tanh}
	spared, slow := optim.Group{Params: "bias$", NoDecay: true}, optim.Group{Params: "bias$", RateFactor: 0.1}
	for _, c := range []struct {
		optimizer optim.Optimizer
		want      float64
	}{
		{&optim.AdamW{LearningRate: 0.01, Groups: []optim.Group{spared}}, 38 / 0.01},
		{&optim.AdamW{LearningRate: 0.01, Groups: []optim.Group{spared, slow}}, 0},
		{&optim.Adam{LearningRate: 0.01, Groups: []optim.Group{spared}}, 0},
	} {
		p, batch := curved(t, tensor.Float64, model, graph.MSE{}, 12)
		set := &data.Dataset{X: batch["input"], Y: batch["target"]}
		trainer := train.Trainer{Model: model, Loss: graph.MSE{}, Optimizer: c.optimizer, Params: p.Params, Epochs: 2, BatchSize: 12}
		if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
			t.Fatal(err)
		}
		s, err := Sharpness(p, batch, c.optimizer, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(s.Limit)-c.want) > 1e-9*c.want {
			t.Errorf("%v: got the limit %g, want %g", c.optimizer, s.Limit, c.want)
		}
	}
}

// Measuring the sharpness does not change the training, with dropout and running statistics, and gives the same numbers each time.
func TestRecordingSharpnessChangesNothing(t *testing.T) {
	fit := func(s Schedule) ([]float64, Profile) {
		x, y := randomBatch(t, 1, 24, 6, 3)
		set := &data.Dataset{X: x, Y: y}
		r := &Recorder{Sharpness: s}
		trainer := train.Trainer{
			Model: graph.Sequential{graph.Dense{Units: 8}, graph.BatchNorm{}, graph.ReLU, graph.Dropout{P: 0.5}, graph.Dense{Units: 3}},
			Loss:  graph.CrossEntropy{}, Epochs: 4, BatchSize: 8, Callbacks: []train.Callback{r},
		}
		history, err := trainer.Fit(context.Background(), set, nil)
		if err != nil {
			t.Fatal(err)
		}
		return history.Losses, r.Profile()
	}
	plain, _ := fit(nil)
	measured, p := fit(Every(3))
	_, again := fit(Every(3))
	if !reflect.DeepEqual(plain, measured) {
		t.Errorf("losses without and with sharpness:\n%v\n%v", plain, measured)
	}
	if len(p.Sharpness) != 3 || p.Sharpness[0].Step != 3 || p.Sharpness[2].Step != 9 { // Adam has no sizes at step 0
		t.Errorf("got %+v, want steps 3, 6 and 9", p.Sharpness)
	}
	if !reflect.DeepEqual(p.Sharpness, again.Sharpness) {
		t.Errorf("two runs differ:\n%v\n%v", p.Sharpness, again.Sharpness)
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}

// Gradient descent on the whole dataset ends at the edge of stability (Cohen et al. 2021, fig. 1): the sharpness rises to the limit and
// stays about there, while the loss falls.
func TestSharpnessRisesToTheLimit(t *testing.T) {
	model := mlp.Model{Input: 4, Depth: 3, Width: 20, Output: 2, Activation: graph.Tanh}
	_, batch := curved(t, tensor.Float64, model, graph.MSE{}, 40)
	set := &data.Dataset{X: batch["input"], Y: batch["target"]}
	r := &Recorder{Sharpness: Every(200)}
	trainer := train.Trainer{
		Model: model, Loss: graph.MSE{}, Optimizer: &optim.SGD{LearningRate: 0.1}, Dtype: tensor.Float64, Epochs: 3000, BatchSize: 40,
		Callbacks: []train.Callback{r},
	}
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := r.Profile()
	for _, s := range p.Sharpness {
		t.Logf("step %d: sharpness %.3g of %.3g, %d gradients", s.Step, s.Value, s.Limit, s.Gradients)
	}
	first, last := p.Sharpness[0], p.Sharpness[len(p.Sharpness)-1]
	if first.Value > 0.7*first.Limit || last.Value < 0.9*last.Limit || last.Value > 1.2*last.Limit {
		t.Errorf("sharpness goes from %g to %g at a limit of %g", first.Value, last.Value, last.Limit)
	}
	if n := len(history.Losses); history.Losses[n-1] > 0.5*history.Losses[n/3] {
		t.Errorf("the loss goes from %g to %g", history.Losses[n/3], history.Losses[n-1])
	}
}
