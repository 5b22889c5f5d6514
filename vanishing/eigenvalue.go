package vanishing

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// An eigenvalue is found when the residual is below settled: it is then off by a few thousandths of itself at most, unless others are
// as near. After maxTurns products with the Hessian the last one is taken.
const (
	settled  = 0.05
	maxTurns = 30
)

// An eigen is an eigenvalue with its unit vector.
type eigen struct {
	value, residual float64 // the residual is |Hv - value·v| / |value|
	vector          []float64
}

// A direction is a vector with its product with the Hessian.
type direction struct{ v, hv []float64 }

// sharpest is the largest eigenvalue of the block of the Hessian that belongs to some parameters. It climbs the Rayleigh quotient vᵀHv by
// conjugate gradients: each turn takes the best vector among all sums of v, the quotient's gradient and the last step (Knyazev 2001,
// alg. 5.1). Unlike power iteration it finds the largest eigenvalue where another one is more negative, and in fewer products.
func (h *hessian) sharpest(part []int) (eigen, error) {
	start, err := h.start(part)
	if err != nil {
		return eigen{}, err
	}
	best, err := h.along(start, part)
	if err != nil {
		return eigen{}, err
	}
	var last direction // the last step
	for range maxTurns {
		e, slope := best.quotient()
		if !(e.residual > settled) || !stat.Finite(e.value) {
			return e, nil
		}
		up, err := h.along(slope, part)
		if err != nil {
			return eigen{}, err
		}
		if best, last, err = climb(best, up, last); err != nil {
			return eigen{}, err
		}
	}
	e, _ := best.quotient()
	return e, nil
}

// along is a unit vector with its product.
func (h *hessian) along(v []float64, part []int) (direction, error) {
	d := direction{v, make([]float64, h.size)}
	return d, h.times(d.hv, v, part)
}

// quotient is the Rayleigh quotient vᵀHv, and the unit vector along which it rises most; its gradient is 2·(Hv - (vᵀHv)·v).
func (d direction) quotient() (eigen, []float64) {
	e := eigen{value: floats.Dot(d.v, d.hv), vector: d.v}
	slope := append([]float64(nil), d.hv...)
	floats.AddScaled(slope, -e.value, d.v)
	e.residual = unit(slope) / math.Abs(e.value)
	return e, slope
}

// climb finds the unit vector of the largest quotient among the sums of up to three directions, and the step from the first one to it.
func climb(at, up, last direction) (best, step direction, err error) {
	basis := []direction{at, up}
	if last.v != nil && last.orthogonal(at, up) {
		basis = append(basis, last)
	}
	m := mat.NewSymDense(len(basis), nil)
	for i, a := range basis {
		for j, b := range basis[:i+1] {
			m.SetSym(i, j, (floats.Dot(a.v, b.hv)+floats.Dot(b.v, a.hv))/2)
		}
	}
	var values mat.EigenSym
	if !values.Factorize(m, true) {
		return best, step, errors.New("vanishing: no sharpness: the products with the Hessian are not finite")
	}
	var vectors mat.Dense
	values.VectorsTo(&vectors)
	best, step = direction{make([]float64, len(at.v)), make([]float64, len(at.v))}, direction{make([]float64, len(at.v)), make([]float64, len(at.v))}
	for i, d := range basis {
		share := vectors.At(i, len(basis)-1)
		best.add(share, d)
		if i > 0 {
			step.add(share, d)
		}
	}
	best.scale(1 / floats.Norm(best.v, 2))
	return best, step, nil
}

// orthogonal takes the parts along other unit vectors off a direction and makes it a unit vector. It reports false if nothing is left.
func (d direction) orthogonal(others ...direction) bool {
	before := floats.Norm(d.v, 2)
	for range 2 { // the second time takes off what rounding left
		for _, o := range others {
			d.add(-floats.Dot(d.v, o.v), o)
		}
	}
	length := floats.Norm(d.v, 2)
	if !(length > 1e-6*before) {
		return false
	}
	d.scale(1 / length)
	return true
}

func (d direction) add(factor float64, o direction) {
	floats.AddScaled(d.v, factor, o.v)
	floats.AddScaled(d.hv, factor, o.hv)
}

func (d direction) scale(factor float64) {
	floats.Scale(factor, d.v)
	floats.Scale(factor, d.hv)
}

// start is a unit vector near the gradient, which mostly points along the sharpest directions (Gur-Ari et al. 2018). Random numbers, the
// same each time, make sure that it has a part of each direction.
func (h *hessian) start(part []int) ([]float64, error) {
	v := make([]float64, h.size)
	if err := h.gradient(v, v, 0, part); err != nil {
		return nil, err
	}
	for k := range v {
		v[k] *= h.root(k)
	}
	if length := unit(v); !stat.Finite(length) || length == 0 {
		clear(v)
	}
	rng := rand.New(rand.NewPCG(uint64(h.size), uint64(len(part))))
	size := 0.3 / math.Sqrt(float64(h.size))
	for _, i := range part {
		for k := h.spans[i].from; k < h.spans[i].to; k++ {
			v[k] += size * rng.NormFloat64()
		}
	}
	unit(v)
	return v, nil
}

// unit scales a vector to length 1, and returns the length that it had.
func unit(v []float64) float64 {
	length := floats.Norm(v, 2)
	floats.Scale(1/length, v)
	return length
}
