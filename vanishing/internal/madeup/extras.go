package madeup

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Histogram counts numbers as a recorder does.
func Histogram(values []float64) *profile.Histogram {
	h := &profile.Histogram{}
	low, high := math.MaxInt, math.MinInt
	exponents := make([]int, len(values))
	for i, v := range values {
		if v != 0 && !math.IsNaN(v) && !math.IsInf(v, 0) {
			exponents[i] = math.Ilogb(v)
			low, high = min(low, exponents[i]), max(high, exponents[i])
		}
	}
	if low <= high {
		h.Low, h.Negative, h.Positive = low, make([]int, high-low+1), make([]int, high-low+1)
	}
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			h.NaN++
		case math.IsInf(v, 0):
			h.Inf++
		case v == 0:
			h.Zero++
		case v < 0:
			h.Negative[exponents[i]-low]++
		default:
			h.Positive[exponents[i]-low]++
		}
	}
	return h
}

// extras fills the fields that are not recorded step by step.
func (n Network) extras(p *profile.Profile) {
	t := &profile.Theory{Xi: profile.Number(-1 / math.Log(min(n.Factor*n.Factor, 0.999))), Beta: profile.Number(5 * float64(n.Layers) / 100)}
	last := len(p.Layers) - 2
	for i := range p.Layers[:last+1] {
		back := float64(last - i)
		delta := profile.Number(back * math.Log10(n.Factor))
		t.Layers = append(t.Layers, &profile.LayerTheory{
			Delta: delta, Band: profile.Number(0.04 * math.Sqrt(back+1)), Q: 1, Chi: profile.Number(n.Factor * n.Factor), Grad: delta, Z: 0.3, Step: -0.2,
		})
	}
	t.Layers = append(t.Layers, nil)
	t.Layers[len(t.Layers)/3].Step = 5.1
	p.Theory = t
	if n.Residual {
		n.paths(p)
		n.sharpness(p)
	}
	delta := func(factor float64) []profile.Number {
		var list []profile.Number
		for i := range p.Layers {
			list = append(list, profile.Number(0.01*math.Pow(factor, float64(len(p.Layers)-1-i))))
		}
		return list
	}
	p.Trials = []profile.Trial{
		{Name: "skip connections", Code: "resnet.Model{Blocks: 14, Width: 100}", Outcome: &profile.Outcome{Change: 0.6, Delta: delta(1.05), Early: 1.1e-3, Late: 9e-4, Loss: 2.41, After: 1.92}},
		{Name: "batch normalisation", Code: "Norm: graph.BN", Outcome: &profile.Outcome{Change: 1.2, Delta: delta(1.1), Early: 2.1e-3, Late: 7e-4, Loss: 2.38, After: 2.05}},
		{Name: "ReLU and He", Code: "Activation: graph.ReLU, Init: graph.He()", Outcome: &profile.Outcome{Change: -0.4, Delta: delta(0.97), Early: 9e-4, Late: 1e-3, Loss: 2.33, After: 2.11}},
		{Name: "lower rate", Code: "&optim.Adam{LearningRate: 1e-4}", Note: "the profile stays as it is", Outcome: &profile.Outcome{Change: -14.8, Delta: delta(0.3), Early: 1e-5, Late: 1e-4, Loss: 2.35, After: 2.34}},
		{Name: "clipping", Note: "the gradient is smaller than any limit"},
	}
}

// paths are spectra that are nearly binomial.
func (n Network) paths(p *profile.Profile) {
	blocks := len(p.Blocks)
	p.Theory.Paths = binomial(blocks, 0.3)
	for b := range blocks {
		s := blockSignal(b, 1)
		s.Variance, s.BranchVariance = profile.Number(b+1), 1
		p.Theory.Signal = append(p.Theory.Signal, s)
	}
	for _, r := range p.Records {
		s := profile.Paths{Step: r.Step, Error: 2e-7}
		share := 0.3 + 0.1*float64(r.Step)/float64(10*n.Steps)
		s.Shares = binomial(blocks, share)
		s.Mean = profile.Number(share * float64(blocks))
		p.Paths = append(p.Paths, s)
	}
}

// sharpness rises to half of the limit.
func (n Network) sharpness(p *profile.Profile) {
	for k, r := range p.Records {
		s := profile.Sharpness{Step: r.Step, Limit: 400, Residual: 0.04, Value: profile.Number(210 - 150*math.Exp(-0.2*float64(k)))}
		for l := range p.Layers {
			s.Layers = append(s.Layers, s.Value*profile.Number(0.2+0.1*math.Sin(float64(l))))
		}
		p.Sharpness = append(p.Sharpness, s)
	}
}

func binomial(n int, share float64) []profile.Number {
	list := make([]profile.Number, n+1)
	for k := range list {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		list[k] = profile.Number(math.Exp(a - b - c + float64(k)*math.Log(share) + float64(n-k)*math.Log(1-share)))
	}
	return list
}
