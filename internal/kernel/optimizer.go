package kernel

import (
	"math"
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// An SGDStep holds the settings of one step of gradient descent.
type SGDStep struct {
	Rate, Momentum, Decay float64
	Nesterov              bool
}

// SGD moves w by its gradient g: with g' = g + Decay·w it is v = Momentum·v + g' and w = w - Rate·v, or with Nesterov
// w = w - Rate·(g' + Momentum·v). Without momentum v is not read. The measurements go to sums, which may be nil with
// MeasureNothing.
func SGD[T Float](w, g, v []T, s SGDStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Momentum}
	switch {
	case s.Momentum == 0:
		optimize(upSgd, w, g, w, w, coefs, level, sums)
	case s.Nesterov:
		optimize(upNesterov, w, g, v, v, coefs, level, sums)
	default:
		optimize(upMomentum, w, g, v, v, coefs, level, sums)
	}
}

// An AdamStep holds the settings of one step of Adam.
type AdamStep struct {
	Rate         float64 // learning rate over 1 - Beta1^t
	Scale        float64 // sqrt(1 - Beta2^t)
	Beta1, Beta2 float64
	Epsilon      float64
	Decay        float64
}

// Adam moves w by its gradient g: with g' = g + Decay·w it is m = Beta1·m + (1 - Beta1)·g', v = Beta2·v + (1 - Beta2)·g'²
// and w = w - Rate·m/(sqrt(v)/Scale + Epsilon). The measurements go to sums, which may be nil with MeasureNothing.
func Adam[T Float](w, g, m, v []T, s AdamStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.Scale, s.Epsilon}
	optimize(upAdam, w, g, m, v, coefs, level, sums)
}

const (
	maxCoefs = 8
	// optimizerPiece is the number of elements that one core updates at a time, and that a partial sum covers.
	optimizerPiece = 8192
)

// optimize runs an update piece by piece, on several cores if there are several pieces.
func optimize[T Float](u update, w, g, m, v []T, coefs [maxCoefs]float64, level Measurement, sums *Sums) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	pieces := (len(w) + optimizerPiece - 1) / optimizerPiece
	job := optimizerJobs.get()
	job.u, job.n, job.double, job.level, job.coefs = u, len(w), !is32[T](), level, coefs
	job.w, job.g, job.m, job.v = unsafe.Pointer(first(w)), unsafe.Pointer(first(g)), unsafe.Pointer(first(m)), unsafe.Pointer(first(v))
	if len(job.sums) < pieces {
		job.sums = make([]Sums, pieces)
	}
	pool.Run(pieces, job)
	if level != MeasureNothing {
		*sums = Sums{}
		for _, s := range job.sums[:pieces] {
			sums.include(s)
		}
	}
	job.w, job.g, job.m, job.v = nil, nil, nil, nil
	optimizerJobs.put(job)
}

// An optimizerJob is an update being made on several cores.
type optimizerJob struct {
	u          update
	w, g, m, v unsafe.Pointer
	n          int
	double     bool
	coefs      [maxCoefs]float64
	level      Measurement
	sums       []Sums // by piece
}

var optimizerJobs = newJobs[optimizerJob]()

// Do updates a piece.
func (j *optimizerJob) Do(i int) {
	if j.double {
		doUpdate[float64](j, i)
		return
	}
	doUpdate[float32](j, i)
}

func doUpdate[T Float](j *optimizerJob, i int) {
	part := func(p unsafe.Pointer) []T {
		return unsafe.Slice((*T)(p), j.n)[i*optimizerPiece : min((i+1)*optimizerPiece, j.n)]
	}
	var coefs [maxCoefs]T
	for i, c := range j.coefs {
		coefs[i] = T(c)
	}
	j.sums[i] = updatePiece(j.u, j.level, part(j.w), part(j.g), part(j.m), part(j.v), &coefs)
}

// portableUpdate is updatePiece in plain Go.
func portableUpdate[T Float](u update, level Measurement, w, g, m, v []T, c *[maxCoefs]T) (s Sums) {
	for i, old := range w {
		d := g[i] + c[1]*old
		switch u {
		case upSgd:
			w[i] = old - c[0]*d
		case upMomentum:
			m[i] = c[2]*m[i] + d
			w[i] = old - c[0]*m[i]
		case upNesterov:
			m[i] = c[2]*m[i] + d
			w[i] = old - c[0]*(d+c[2]*m[i])
		case upAdam:
			m[i] = c[2]*m[i] + c[3]*d
			v[i] = c[4]*v[i] + c[5]*d*d
			w[i] = old - c[0]*m[i]/(T(math.Sqrt(float64(v[i])))/c[6]+c[7])
		}
		if level != MeasureNothing {
			portableMeasure(&s, level, g[i], old, w[i])
		}
	}
	return s
}
