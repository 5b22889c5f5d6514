package train

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/train/optim"
)

// Steps of gradient descent with a rate of 1 move the parameters by the gradients as they were clipped: together by Max,
// but for the 1e-6 in the factor and rounding.
func TestClipNorm(t *testing.T) {
	for limit, clipped := range map[float64]bool{0.01: true, 1e6: false} {
		clip := &ClipNorm{Max: limit}
		var before []float64
		var unclipped []float64
		var moved, factor float64
		watch := &hooks{
			beforeUpdate: func(r *Run) error {
				before, factor, unclipped = values(r), r.Clip, r.Unclipped
				return nil
			},
			afterStep: func(r *Run) error {
				sum := 0.0
				for i, v := range values(r) {
					sum += (v - before[i]) * (v - before[i])
				}
				moved = math.Sqrt(sum)
				return nil
			},
		}
		trainer := &Trainer{
			Model: graph.Dense{Units: 3}, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 1},
			Epochs: 1, BatchSize: 8, Dtype: tensor.Float64, Callbacks: []Callback{clip, watch},
		}
		if _, err := trainer.Fit(context.Background(), moons(t, 8, 1), nil); err != nil {
			t.Fatal(err)
		}
		want, wantFactor := clip.Norm, 1.0
		if clipped {
			wantFactor = limit / (clip.Norm + 1e-6)
			want *= wantFactor
		}
		if math.Abs(moved-want) > 1e-12*want || factor != wantFactor || (clip.Clipped == 1) != clipped {
			t.Errorf("limit %g: moved by %g with a factor of %g, want %g and %g; %d clipped", limit, moved, factor, want, wantFactor, clip.Clipped)
		}
		if all := floats.Norm(unclipped, 2); clipped && math.Abs(all-clip.Norm) > 1e-12*clip.Norm || !clipped && unclipped != nil {
			t.Errorf("limit %g: the norms before clipping are %g, together %g, want %g", limit, unclipped, all, clip.Norm)
		}
	}
}

// Of two in a row the first saw the gradients as they were.
func TestClipNormTwice(t *testing.T) {
	first, second := &ClipNorm{Max: 0.01}, &ClipNorm{Max: 0.001}
	watch := &hooks{beforeUpdate: func(r *Run) error {
		if all := floats.Norm(r.Unclipped, 2); math.Abs(all-first.Norm) > 1e-12*first.Norm || second.Clipped != 1 {
			t.Errorf("the norms before clipping are together %g, want %g; %d clipped again", all, first.Norm, second.Clipped)
		}
		return nil
	}}
	trainer := &Trainer{
		Model: graph.Dense{Units: 3}, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 1},
		Epochs: 1, BatchSize: 8, Dtype: tensor.Float64, Callbacks: []Callback{first, second, watch},
	}
	if _, err := trainer.Fit(context.Background(), moons(t, 8, 1), nil); err != nil {
		t.Fatal(err)
	}
}

// values are all parameters, one after the other.
func values(r *Run) []float64 {
	var all []float64
	for _, p := range r.Params.All() {
		all = append(all, p.Value.Float64s()...)
	}
	return all
}

func TestClipNormOfNothing(t *testing.T) {
	for _, limit := range []float64{-1, math.NaN()} {
		if err := (&ClipNorm{Max: limit}).Begin(nil); err == nil {
			t.Errorf("Max %g gives no error", limit)
		}
	}
}

// An infinite gradient stays to be seen: scaled down it would be NaN, and the others zero.
func TestClipNormLeavesWhatIsNotFinite(t *testing.T) {
	p, err := graph.Build(graph.Config{
		Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 2}, Loss: graph.MSE{},
	})
	if err != nil {
		t.Fatal(err)
	}
	inf := float32(math.Inf(1))
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{inf, 1, 1, 1}))
	y := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{0, 0, 0, 0}))
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
	run := &Run{Program: p, Clip: 1}
	clip := &ClipNorm{Max: 1}
	if err := clip.BeforeUpdate(run); err != nil {
		t.Fatal(err)
	}
	if run.Clip != 1 || clip.Clipped != 0 || !(math.IsNaN(clip.Norm) || math.IsInf(clip.Norm, 1)) {
		t.Errorf("factor %g, norm %g", run.Clip, clip.Norm)
	}
}

// Norms and factors at the ends of the types' ranges: 2^-52 and 2^-23 for each of a few roundings.
func TestClippingExtremeGradients(t *testing.T) {
	for _, v := range []float64{1e-200, 1, 1e160} {
		g := tensor.New(tensor.WithBacking([]float64{3 * v, -4 * v}))
		if got := norm(g); math.Abs(got-5*v) > 1e-15*5*v {
			t.Errorf("the norm of 3 and 4 times %g is %g", v, got)
		}
		if scale(g, 1/v); math.Abs(norm(g)-5) > 5e-15 {
			t.Errorf("scaled by 1/%g it is %g, want 5", v, norm(g))
		}
	}
	for _, v := range []float32{1e37, 1e-37} {
		g := tensor.New(tensor.WithBacking([]float32{3 * v, -4 * v}))
		if scale(g, 1e-3/float64(v)/1e3); math.Abs(norm(g)-5e-6) > 5e-6*1e-6 {
			t.Errorf("scaled by 1e-6/%g the norm is %g, want 5e-6", v, norm(g))
		}
	}
}

// Parameters whose gradients are the same numbers, here those of two linear maps of one input, are scaled once each.
func TestClipNormOfEqualGradients(t *testing.T) {
	clip := &ClipNorm{Max: 0.1}
	twoMaps := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(op.Add(graph.Dense{Units: 2}.Apply(b, x), graph.Dense{Units: 2}.Apply(b, x)))
	})
	for name, model := range map[string]graph.Model{
		"residual": graph.Sequential{graph.Residual{Branch: graph.Dense{Units: 6}, Activation: graph.ReLU}, graph.Dense{Units: 2}},
		"two maps": twoMaps,
	} {
		watch := &hooks{beforeUpdate: func(r *Run) error {
			sum := 0.0
			gradients(r, func(_ int, g *tensor.Dense) { sum += floats.Dot(g.Float64s(), g.Float64s()) })
			if got := math.Sqrt(sum); clip.Clipped == 0 || math.Abs(got-0.1) > 1e-6 { // the 1e-6 in the factor
				t.Errorf("%s: the norm after clipping is %g, want 0.1", name, got)
			}
			return nil
		}}
		trainer := &Trainer{
			Model: model, Loss: graph.CrossEntropy{}, Epochs: 1, BatchSize: 8, Dtype: tensor.Float64, Callbacks: []Callback{clip, watch},
		}
		if _, err := trainer.Fit(context.Background(), moons(t, 8, 1), nil); err != nil {
			t.Fatal(err)
		}
	}
}
