package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/train/optim"
)

// clipOnce takes one step with a clipping callback, and gives the gradients before and after it, by parameter, and the run.
func clipOnce(t *testing.T, clip Callback, check func(r *Run, before map[string][]float64)) {
	t.Helper()
	before := make(map[string][]float64)
	first := &hooks{beforeUpdate: func(r *Run) error {
		gradients(r, func(i int, g *tensor.Dense) {
			before[r.Program.Weights[i].Name] = append([]float64(nil), g.Float64s()...)
		})
		return nil
	}}
	last := &hooks{beforeUpdate: func(r *Run) error { check(r, before); return nil }}
	trainer := &Trainer{
		Model: graph.Dense{Units: 3}, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{}, Epochs: 1, BatchSize: 8, Dtype: tensor.Float64,
		Callbacks: []Callback{first, clip, last},
	}
	if _, err := trainer.Fit(context.Background(), moons(t, 8, 1), nil); err != nil {
		t.Fatal(err)
	}
}

func TestClipValue(t *testing.T) {
	for _, top := range []float64{0.05, 100} {
		clip := &ClipValue{Max: top}
		clipOnce(t, clip, func(r *Run, before map[string][]float64) {
			limited, size, was, is := 0, 0, 0.0, 0.0
			gradients(r, func(i int, g *tensor.Dense) {
				for j, v := range before[r.Program.Weights[i].Name] {
					want := math.Max(-top, math.Min(top, v))
					if got := g.Float64s()[j]; got != want {
						t.Errorf("%g became %g, want %g", v, got, want)
					}
					if size++; want != v {
						limited++
					}
					was, is = was+v*v, is+want*want
				}
			})
			if clip.Share != float64(limited)/float64(size) || (clip.Clipped == 1) != (limited > 0) || (limited > 0) != (top < 1) {
				t.Errorf("limited %d of %d: got a share of %g in %d steps", limited, size, clip.Share, clip.Clipped)
			}
			if math.Abs(r.Clip-math.Sqrt(is/was)) > 1e-14 || (r.Unclipped != nil) != (limited > 0) || r.Uneven != (limited > 0) {
				t.Errorf("Run.Clip is %g, want %g; norms %v", r.Clip, math.Sqrt(is/was), r.Unclipped)
			}
		})
	}
}

// Infinities are limited, a NaN stays to be seen.
func TestLimitNonFinite(t *testing.T) {
	x := []float32{float32(math.Inf(1)), float32(math.NaN()), -3, 0.5}
	if n := limit(x, 1); n != 2 || x[0] != 1 || x[1] == x[1] || x[2] != -1 || x[3] != 0.5 {
		t.Errorf("limited %d: %v", n, x)
	}
}

func TestClipAdaptive(t *testing.T) {
	for exclude, excluded := range map[string]bool{"": false, "weight$": true} {
		clip := &ClipAdaptive{Max: 0.1, Exclude: exclude}
		clipOnce(t, clip, func(r *Run, before map[string][]float64) {
			scaled, units := 0, 0
			gradients(r, func(i int, g *tensor.Dense) {
				p := r.Program.Weights[i].Param
				width := 1
				if p.Role == graph.Weight {
					width = 3
				}
				if excluded && p.Role == graph.Weight {
					return
				}
				for unit := range width {
					size, slope := 0.0, 0.0
					for j := unit; j < p.Size(); j += width {
						size = math.Hypot(size, p.Value.Float64s()[j])
						slope = math.Hypot(slope, before[p.Name][j])
					}
					factor := math.Min(1, 0.1*math.Max(size, 1e-3)/slope)
					if units++; factor < 1 {
						scaled++
					}
					for j := unit; j < p.Size(); j += width {
						if want := factor * before[p.Name][j]; math.Abs(g.Float64s()[j]-want) > 1e-15*math.Abs(want)*4 {
							t.Errorf("%s: element %d is %g, want %g", p.Name, j, g.Float64s()[j], want)
						}
					}
				}
			})
			if scaled == 0 || clip.Share != float64(scaled)/float64(units) || clip.Clipped != 1 || !(r.Clip < 1) || r.Unclipped == nil || !r.Uneven {
				t.Errorf("scaled %d of %d: got a share of %g in %d steps, Run.Clip %g", scaled, units, clip.Share, clip.Clipped, r.Clip)
			}
		})
	}
}

// A unit of a convolution is an output channel, and no part of it is left over: of the units of a weight (out, in, height, width) no
// gradient is larger than Max times the weight, and those of one unit keep their direction.
func TestClipAdaptiveOfConvolution(t *testing.T) {
	weight := tensor.New(tensor.WithShape(2, 1, 2, 2), tensor.WithBacking([]float64{1, 1, 1, 1, 3, 0, 0, 4}))
	u := (&graph.Param{Value: weight}).Layout()
	g := []float64{3, 4, 0, 0, 0, 0.05, 0, 0}
	want := []float64{0.12, 0.16, 0, 0, 0, 0.05, 0, 0} // norms 5 and 0.05, at most 0.1 times 2 and 5
	if n := clipUnits(&ClipAdaptive{Max: 0.1}, weight.Float64s(), g, u); n != 1 {
		t.Errorf("scaled %d units, want 1", n)
	}
	for i := range want {
		if math.Abs(g[i]-want[i]) > 1e-15 {
			t.Fatalf("got %v, want %v", g, want)
		}
	}
}

// A large gradient of one unit is scaled in the weights of that unit alone, whatever the order of the axes.
func TestClipAdaptiveFindsUnits(t *testing.T) {
	for name, c := range map[string]struct {
		model  graph.Model
		input  tensor.Shape
		weight string
		unit   func(i int) int // of an element, by the shape of the weight
	}{
		"dense":     {graph.Dense{Units: 8}, tensor.Shape{3, 4}, "dense1/weight", func(i int) int { return i % 8 }},
		"recurrent": {recurrent.LSTM{Units: 2}, tensor.Shape{3, 5, 4}, "lstm1/weight_ih_l0", func(i int) int { return i / 4 }},
		"states":    {recurrent.RNN{Units: 4}, tensor.Shape{3, 5, 4}, "rnn1/weight_hh_l0", func(i int) int { return i / 4 }},
		"linear":    {recurrent.LRU{Units: 4, States: 4}, tensor.Shape{3, 5, 4}, "lru1/B", func(i int) int { return i / 4 }},
		"transposed convolution": { // (in, out/groups, 2, 2), of 4 channels to 6 in two groups
			graph.ConvTranspose2D{Channels: 6, Kernel: 2, Groups: 2}, tensor.Shape{3, 4, 5, 5}, "conv_transposed1/weight",
			func(i int) int { return i/24*3 + i/4%3 }},
	} {
		params := graph.NewParams(tensor.Float64, 1)
		if _, err := graph.Build(graph.Config{Model: c.model, Params: params, Input: c.input, Mode: graph.Eval}); err != nil {
			t.Fatal(err)
		}
		p := params.Get(c.weight)
		g := make([]float64, p.Size())
		for i := range g {
			if g[i] = 1e-9; c.unit(i) == 5%(p.Layout().Blocks*p.Layout().Count) {
				g[i] = 10
			}
		}
		before := slices.Clone(g)
		if n := clipUnits(&ClipAdaptive{}, p.Value.Float64s(), g, p.Layout()); n != 1 {
			t.Errorf("%s: scaled %d units, want 1", name, n)
		}
		for i := range g {
			if scaled := g[i] != before[i]; scaled != (before[i] == 10) {
				t.Errorf("%s: element %d of unit %d: went from %g to %g", name, i, c.unit(i), before[i], g[i])
				break
			}
		}
	}
}

func TestBadClipping(t *testing.T) {
	for want, clip := range map[string]Callback{
		"ClipValue.Max: got -1":         &ClipValue{Max: -1},
		"ClipAdaptive: got Max -1":      &ClipAdaptive{Max: -1},
		"and Epsilon NaN":               &ClipAdaptive{Epsilon: nan},
		`ClipAdaptive.Exclude: got "("`: &ClipAdaptive{Exclude: "("},
	} {
		if err := clip.Begin(nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestClippingDoesNotAllocate(t *testing.T) {
	for _, clip := range []Callback{&ClipNorm{Max: 1e-3}, &ClipValue{Max: 1e-3}, &ClipAdaptive{Max: 1e-9}} {
		clipOnce(t, clip, func(r *Run, _ map[string][]float64) {
			if n := testing.AllocsPerRun(5, func() {
				if err := clip.BeforeUpdate(r); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%T allocates %g times a step", clip, n)
			}
		})
	}
}

// A pattern that matches no parameter is an error before the first step, in a callback and in an optimiser.
func TestPatternsOfNothing(t *testing.T) {
	for want, change := range map[string]func(*Trainer){
		`train: ClipAdaptive.Exclude: got "^head/", which matches no parameter, want one that matches some of dense1/weight, dense1/bias`: func(tr *Trainer) {
			tr.Callbacks = []Callback{&ClipAdaptive{Exclude: "^head/"}}
		},
		`optim: Groups[0].Params of sgd(lr=0.1, groups=1): got`: func(tr *Trainer) {
			tr.Optimizer = &optim.SGD{LearningRate: 0.1, Groups: []optim.Group{{Params: `\.bias$`, NoDecay: true}}}
		},
	} {
		tr := linear()
		change(tr)
		h, err := tr.Fit(background, line(), nil)
		wantError(t, err, want)
		if len(h.Losses) != 0 {
			t.Errorf("%s: got %d steps before it, want none", want, len(h.Losses))
		}
	}
}
