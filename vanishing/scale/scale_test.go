package scale

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train/optim"
)

// rows are 16 random rows of 12 features, in 4 classes.
func rows() (x, y *tensor.Dense) {
	rng := rand.New(rand.NewPCG(9, 9))
	features, classes := make([]float32, 16*12), make([]int, 16)
	for i := range features {
		features[i] = float32(rng.NormFloat64())
	}
	for i := range classes {
		classes[i] = rng.IntN(4)
	}
	return tensor.New(tensor.WithShape(16, 12), tensor.WithBacking(features)), tensor.New(tensor.WithShape(16), tensor.WithBacking(classes))
}

func adam() optim.Optimizer { return &optim.Adam{LearningRate: 1e-4} }
func sgd() optim.Optimizer  { return &optim.SGD{LearningRate: 1e-3} }

// widths checks a family over the width on random rows.
func widths(t *testing.T, f Family, optimizer func() optim.Optimizer, list ...int) *Check {
	t.Helper()
	x, y := rows()
	c, err := Measure(t.Context(), Config{Family: f, Widths: list, Depths: []int{3}, X: x, Y: y, Optimizer: optimizer, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// depths does the same over the depth.
func depths(t *testing.T, f Family, optimizer func() optim.Optimizer) *Check {
	t.Helper()
	x, y := rows()
	c, err := Measure(t.Context(), Config{Family: f, Widths: []int{32}, Depths: []int{4, 8, 16, 32}, X: x, Y: y, Optimizer: optimizer, Steps: 1, Seeds: 2})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// In a standard network hidden layers and the output learn faster, the wider it is. The remedies are those of table 3 of Yang et al. 2022,
// which graph.MuP applies.
func TestStandardWidth(t *testing.T) {
	x, _ := rows()
	params := graph.NewParams(tensor.Float32, 1)
	wide := graph.MuP{Model: MLP(4)(64, 3), Base: MLP(4)(32, 3)} // growth 2
	if _, err := graph.Build(graph.Config{Model: wide, Params: params, Input: x.Shape()}); err != nil {
		t.Fatal(err)
	}
	for name, optimizer := range map[string]func() optim.Optimizer{"adam": adam, "sgd": sgd} {
		v := widths(t, MLP(4), optimizer, 32, 64, 128, 256, 512).Judge()
		if v.Law != "standard" {
			t.Errorf("%s: got the law %q of %v, want standard; %+v", name, v.Law, v.Possible, v.Misses)
		}
		power := map[string]map[RemedyKind]float64{"dense1": {}, "dense2": {}, "dense3": {}, "dense4": {}}
		for _, f := range v.Findings {
			if f.Cause == "" {
				power[f.Layer][f.Remedy.Kind] = f.Remedy.Power
			}
		}
		for layer, got := range power {
			rates := params.Get(layer + "/weight").Rates
			if rates == (graph.Rates{}) {
				rates = graph.Rates{SGD: 1, Adam: 1}
			}
			want := math.Log2(map[string]float64{"adam": rates.Adam, "sgd": rates.SGD}[name])
			if got[Rate] != want || got[FirstValues] != map[string]float64{"dense4": -0.5}[layer] {
				t.Errorf("%s, %s: got the remedies %v, want the rate to the power %g", name, layer, got, want)
			}
		}
	}
}

// In the maximal update parametrisation nothing depends on the width.
func TestMuPWidth(t *testing.T) {
	for name, optimizer := range map[string]func() optim.Optimizer{"adam": adam, "sgd": sgd} {
		c := widths(t, MLP(4).MuP(32, 3, 0), optimizer, 32, 64, 128, 256, 512)
		if v := c.Judge(); v.Law != "muP" || len(v.Findings) != 0 {
			t.Errorf("%s: got the law %q of %v and %+v, want muP; %+v", name, v.Law, v.Possible, v.Findings, v.Misses)
		}
		for _, l := range c.Layers {
			for _, q := range []Quantity{Update, Gain} {
				if k := l.Curve(q, 1); k != nil && k.outside(0, 0) {
					t.Errorf("%s, %s: the exponent of %v is %+v, want 0", name, l.Name, q, k.Fit)
				}
			}
		}
	}
}

// Residual networks follow the law of their branches, and blocks with two maps need 1/L.
func TestDepth(t *testing.T) {
	for maps, findings := range map[int]map[float64]int{1: {0: 2, 0.5: 0, 1: 0}, 2: {0.5: 2, 1: 0}} {
		for alpha, findings := range findings {
			f, want := ResidualMLP(4, maps), map[float64]string{0: "standard", 0.5: "1/sqrt(L)", 1: "1/L"}[alpha]
			if alpha > 0 {
				f = f.MuP(32, 1, alpha)
			}
			c := depths(t, f, adam)
			v := c.Judge()
			if v.Law != want || c.BlockMaps != maps || len(v.Findings) != findings {
				t.Errorf("%d maps, alpha %g: got the law %q of %v and %+v, want %s; %+v", maps, alpha, v.Law, v.Possible, v.Findings, want, v.Misses)
			}
			for _, f := range v.Findings {
				if want := map[int]Remedy{1: {Branches, -0.5, true, -0.5}, 2: {Branches, -0.5, true, 0.5}}[maps]; f.Remedy != want {
					t.Errorf("%d maps, alpha %g: got the remedy %+v, want %+v", maps, alpha, f.Remedy, want)
				}
			}
		}
	}
}

// Two widths give no interval, and no verdict.
func TestTwoWidthsAreUndetermined(t *testing.T) {
	v := widths(t, MLP(4), adam, 16, 32).Judge()
	if !v.Undetermined() || len(v.Possible) != 2 || len(v.Findings) != 0 {
		t.Errorf("got %+v, want it undetermined", v)
	}
}

// A deep network without blocks has no law over the depth.
func TestPlainDepthIsUndetermined(t *testing.T) {
	c := depths(t, MLP(4), adam)
	if v := c.Judge(); !v.Undetermined() || c.BlockMaps != 0 {
		t.Errorf("got %+v, want it undetermined", v)
	}
	var names []string
	for _, l := range c.Layers {
		names = append(names, l.Name+" "+l.Class.String())
	}
	if got, want := strings.Join(names, ", "), "dense1 input, dense* hidden, output output"; got != want {
		t.Errorf("got the layers %s, want %s", got, want)
	}
}

// Update and Carried are the two terms of the change: of a linear network of two layers they can be computed from the gradients.
func TestTermsOfTheChange(t *testing.T) {
	x, y := rows()
	f := func(width, _ int) graph.Model {
		dense := func(units int) graph.Layer {
			return graph.Dense{Units: units, NoBias: true, Init: initializer.LeCunNormal{}}
		}
		return graph.Sequential{dense(width), dense(4)}
	}
	const rate = 0.5
	c, err := Measure(t.Context(), Config{
		Family: f, Widths: []int{5, 6}, Depths: []int{1}, X: x, Y: y, Steps: 1, Seeds: 1, Seed: 7,
		Optimizer: func() optim.Optimizer { return &optim.SGD{LearningRate: rate} },
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := graph.Build(graph.Config{Model: f(5, 1), Params: graph.NewParams(tensor.Float32, 7), Input: x.Shape(), Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
	product := func(a, b []float64, inner, columns int) (c []float64) {
		c = make([]float64, len(a)/inner*columns)
		for i := range c {
			for k := range inner {
				c[i] += a[i/columns*inner+k] * b[k*columns+i%columns]
			}
		}
		return c
	}
	rms := func(values []float64) float64 {
		s := make(sizes)
		s.add(key{}, values)
		return s.rms(key{})
	}
	step := func(i int) []float64 {
		d := floats(p.Weights[i].Grad.Value())
		for k := range d {
			d[k] *= -rate
		}
		return d
	}
	first, second := floats(p.Weights[0].Node.Value()), floats(p.Weights[1].Node.Value())
	changed := product(floats(x), step(0), 12, 5)
	hidden := product(floats(x), first, 12, 5)
	for i := range hidden {
		hidden[i] += changed[i]
	}
	// Values and differences of weights of float32 have a relative error of some 1e-6.
	for _, want := range []struct {
		layer int
		q     Quantity
		value float64
	}{
		{0, Update, rms(changed)}, {1, Arriving, rms(changed)}, {1, Carried, rms(product(changed, second, 5, 4))},
		{1, Gain, rms(product(changed, second, 5, 4)) / rms(changed)}, {1, Update, rms(product(hidden, step(1), 5, 4))},
	} {
		if got := c.Layers[want.layer].Curve(want.q, 1).Values[0][0]; math.Abs(got/want.value-1) > 1e-5 {
			t.Errorf("layer %d, %v: got %g, want %g", want.layer+1, want.q, got, want.value)
		}
	}
	if c.Layers[0].Curve(Carried, 1) != nil {
		t.Error("the data of the first layer do not change, but are said to")
	}
}

func TestMeasureRefuses(t *testing.T) {
	x, y := rows()
	good := Config{Family: MLP(4), Widths: []int{4, 8}, Depths: []int{1}, X: x, Y: y}
	for words, change := range map[string]func(*Config){
		"Family, X or Y":           func(c *Config) { c.X = nil },
		"want several of one":      func(c *Config) { c.Depths = []int{1, 2} },
		"got 1 Widths":             func(c *Config) { c.Widths = []int{4} },
		"positive numbers":         func(c *Config) { c.Widths = []int{4, 0} },
		"got -1 Steps":             func(c *Config) { c.Steps = -1 },
		"Optimizer: got muon":      func(c *Config) { c.Optimizer = func() optim.Optimizer { return &optim.Muon{} } },
		"width 4, depth 1, seed 3": func(c *Config) { c.Family, c.Seed = MLP(-1), 3 },
		"in the first network only": func(c *Config) {
			c.Family = func(width, _ int) graph.Model { return MLP(4)(4, 9-width) }
		},
	} {
		c := good
		change(&c)
		if _, err := Measure(t.Context(), c); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got the error %v, want %q", err, words)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got %v", err)
	}
}
