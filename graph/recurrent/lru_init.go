package recurrent

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// ring draws nu_log: |λ|² is uniform between min² and max², so that λ is uniform in the area of the ring.
type ring struct{ min, max float64 }

// Fill draws the values.
func (r ring) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, rng *rand.Rand) error {
	for i := range dst {
		u := 1 - rng.Float64() // above 0
		dst[i] = math.Log(-math.Log(r.min*r.min+u*(r.max*r.max-r.min*r.min)) / 2)
		if u == 1 && r.max == 1 {
			dst[i] = math.Log(0x1p-54) // |λ| would be 1
		}
	}
	return nil
}

// String names the rule.
func (r ring) String() string { return fmt.Sprintf("lru_ring(min=%g, max=%g)", r.min, r.max) }

// phase draws theta_log: the angle of λ is uniform between 0 and max.
type phase struct{ max float64 }

// Fill draws the values.
func (p phase) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, rng *rand.Rand) error {
	for i := range dst {
		dst[i] = math.Log(p.max * (1 - rng.Float64()))
	}
	return nil
}

// String names the rule.
func (p phase) String() string { return fmt.Sprintf("lru_phase(max=%g)", p.max) }

// unitVariance gives gamma_log: with γ = sqrt(1 - |λ|²) the states of white noise have its variance after many steps.
type unitVariance struct{ nuLog *gorgonia.Node }

// Fill computes the values from those of nu_log.
func (g unitVariance) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, _ *rand.Rand) error {
	at := func(i int) float64 { return 0 }
	switch nu := g.nuLog.Value().Data().(type) {
	case []float32:
		at = func(i int) float64 { return float64(nu[i]) }
	case []float64:
		at = func(i int) float64 { return nu[i] }
	}
	for i := range dst {
		dst[i] = math.Log(-math.Expm1(-2*math.Exp(at(i)))) / 2
	}
	return nil
}

// String names the rule.
func (g unitVariance) String() string { return "lru_unit_variance" }

var (
	_ initializer.Initializer = ring{}
	_ initializer.Initializer = phase{}
	_ initializer.Initializer = unitVariance{}
)
