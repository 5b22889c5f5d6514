package theory

import "math"

// A signal describes the values of a layer's units in the forward pass.
type signal struct {
	law   law
	ms    float64 // mean square
	cross float64 // mean product of a unit's values for two samples; NaN if unknown
	mean  float64 // over units

	sizes   sizes // the variance of its mean square over networks
	onShell bool  // a layer normalisation has fixed its mean and mean square

	values, mass []float64 // for law atoms: the values of a unit and their probabilities
	from         *source   // for law activated
}

// A source is a normal pre-activation and the activation that reads it. Its quadrature is made only if a skip passes the activated
// signal.
type source struct {
	phi           Activation
	kinks         []float64
	sd            float64
	mean, stretch float64 // of a layer normalisation after it: the values are (φ(u) - mean)·stretch
	*quadrature           // shared by all copies of the source
}

// A quadrature is the points u of a source and their probabilities.
type quadrature struct{ points, mass []float64 }

// A law is the kind of distribution of a unit's value over units and initialisations.
type law int

const (
	unknown   law = iota // only ms, cross and mean
	normal               // N(0, ms), jointly normal for two samples
	sphere               // batch normalised: a unit's values over the batch are uniform on a sphere
	activated            // φ of a normal or sphere
	atoms                // any distribution, by quadrature
)

// Bounds of the size of a signal: they avoid overflow in float64 and are far outside the range of float32.
const smallest, largest = 1e-280, 1e280

// linear is the signal after z = W·x + b.
func (s signal) linear(in int, weightVar, biasVar float64) signal {
	gain := float64(in) * weightVar
	q, k := gain*s.ms+biasVar, gain*s.cross+biasVar
	if q != 0 {
		clamped := max(smallest, min(largest, q))
		q, k = clamped, k*(clamped/q)
	}
	if math.IsInf(k, 0) {
		k = math.Copysign(q, k)
	}
	to := signal{law: normal, ms: q, cross: k}
	if to.varies() {
		to.sizes = s.sizes.times(gain * gain)
	}
	return to
}

// variance is over units.
func (s signal) variance() float64 { return s.ms - s.mean*s.mean }

// layerNormed is the signal after a layer normalisation.
func (s signal) layerNormed() signal {
	v := s.variance()
	to := signal{law: s.law, onShell: s.law == normal, ms: 1, cross: (s.cross - s.mean*s.mean) / v}
	if s.law == activated {
		from := *s.from
		from.mean, from.stretch = s.mean, 1/math.Sqrt(v)
		to.from = &from
	}
	if s.law == atoms {
		to.mass = s.mass
		to.values = make([]float64, len(s.values))
		for i, x := range s.values {
			to.values[i] = (x - s.mean) / math.Sqrt(v)
		}
	}
	return to
}

// ofAtoms is a signal of law atoms. Its cross is that of independent samples.
func ofAtoms(values, mass []float64) signal {
	s := signal{law: atoms, values: values, mass: mass}
	for i, x := range values {
		s.ms += mass[i] * x * x
		s.mean += mass[i] * x
	}
	s.cross = s.mean * s.mean
	return s
}

// A gradient describes the gradient in the backward pass by averages over units, the batch and initialisations, up to a factor
// exp(log).
type gradient struct {
	log   float64
	ms    float64 // mean square
	cross float64 // mean product of a unit's gradients for two samples

	// normed is E (ẑ·δ)²/B² for a batch normalised value ẑ. given is true after an activation has set it; otherwise δ is independent
	// of ẑ.
	normed float64
	given  bool

	// byValue is the mean square given the unit's value, for law atoms; nil if it is the same for all values.
	byValue []float64

	// radial is (z·δ)² in units of ‖z‖²‖δ‖²/n: 1 if z and δ are independent. excess is the relative increase of ‖δ‖² that follows
	// from it. See radial.go.
	radial, excess float64

	// like is the mean squared cosine between two samples' gradients. It is at least 1/K for gradients of K outputs.
	like float64

	// beta is the relative variance of the squared length, pair the relative covariance of two samples' squared lengths.
	beta, pair float64

	sway sway
}

// scaled multiplies the squared gradient.
func (g gradient) scaled(by float64) gradient {
	g.ms *= by
	g.cross *= by
	g.normed *= by
	if g.byValue != nil {
		to := make([]float64, len(g.byValue))
		for i, v := range g.byValue {
			to[i] = v * by
		}
		g.byValue = to
	}
	return g
}

// level moves the mean square into the logarithm.
func (g gradient) level() gradient {
	if g.ms == 0 || math.IsInf(g.ms, 0) || math.IsNaN(g.ms) {
		return g
	}
	by := g.ms
	g = g.scaled(1 / by)
	g.log += math.Log(by)
	return g
}

// logMS is the logarithm of the mean square.
func (g gradient) logMS() float64 { return g.log + math.Log(g.ms) }
