package theory

import "math"

// A signal is what is known, on the way forward, of the values of a layer's units.
type signal struct {
	law   law
	ms    float64 // mean square
	cross float64 // mean product of a unit's values for two samples; NaN if not known
	mean  float64 // over units

	sizes   sizes // how its mean square differs from network to network
	onShell bool  // a layer normalisation has fixed its mean and mean square

	values, mass []float64 // of law atoms: a unit has this value with this probability
	from         *source   // of law activated: what it was made of
}

// A source is a normal pre-activation and the activation that reads it. Its quadrature is made only if a skip takes the
// activated signal along.
type source struct {
	phi           Activation
	kinks         []float64
	sd            float64
	mean, stretch float64 // of a layer normalisation behind it: the values are (φ(u) - mean)·stretch
	*quadrature           // shared by all that is made of the source
}

// A quadrature is the points u of a source and their probabilities.
type quadrature struct{ points, mass []float64 }

// A law says how one unit's value is distributed over units and initialisations.
type law int

const (
	unknown   law = iota // only ms, cross and mean
	normal               // N(0, ms), and two samples jointly so
	sphere               // batch normalised: a unit's values over the batch are uniform on a sphere
	activated            // φ of a normal or sphere
	atoms                // any, by quadrature
)

// bounds keep the size of a signal in the range of float64, far beyond where it has left float32's.
const smallest, largest = 1e-280, 1e280

// linear is the signal behind z = W·x + b.
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
	return signal{law: normal, ms: q, cross: k, sizes: s.sizes.times(gain * gain)}
}

// variance is over units.
func (s signal) variance() float64 { return s.ms - s.mean*s.mean }

// layerNormed is the signal behind a layer normalisation.
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

// ofAtoms fills in the averages. The cross term is for samples that know nothing of each other.
func ofAtoms(values, mass []float64) signal {
	s := signal{law: atoms, values: values, mass: mass}
	for i, x := range values {
		s.ms += mass[i] * x * x
		s.mean += mass[i] * x
	}
	s.cross = s.mean * s.mean
	return s
}

// A gradient is what is known of it on the way back: averages over units, the batch and initialisations, but for a
// factor exp(log) kept apart.
type gradient struct {
	log   float64
	ms    float64 // mean square
	cross float64 // mean product of a unit's gradients for two samples

	// normed is E (ẑ·δ)²/B² where the value ẑ was batch normalised, and given says that an activation filled it in. Without
	// one, δ knows nothing of ẑ.
	normed float64
	given  bool

	// of atoms: the mean square given the unit's value; nil if it is the same for all.
	byValue []float64

	// radial is (z·δ)² in units of ‖z‖²‖δ‖²/n, which is 1 where the two know nothing of each other; excess is by how much of
	// itself ‖δ‖² is larger for it. See radial.go.
	radial, excess float64

	// like is the mean square of the cosine between two samples' gradients: of vectors made of K numbers at the top at least
	// 1/K, whatever its mean.
	like float64

	// The relative variances of the squared length, and the relative covariance of those of two samples.
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
