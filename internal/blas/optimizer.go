package blas

import (
	"math"
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// Sums are sums of squares, in float64, taken while an optimiser moves a parameter.
type Sums struct {
	Grad   float64 // of the gradient
	Param  float64 // of the parameter before the step
	Update float64 // of its change
}

// A SGDStep is what a step of gradient descent needs to know.
type SGDStep struct {
	Rate, Momentum, Decay float64
	Nesterov              bool
}

// SGD moves w by its gradient g: with g' = g + Decay·w it is v = Momentum·v + g' and w = w - Rate·v, or with Nesterov
// w = w - Rate·(g' + Momentum·v). Without momentum v is not read. Sums are taken unless they are nil.
func SGD[T Float](w, g, v []T, s SGDStep, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Momentum}
	switch {
	case s.Momentum == 0:
		optimize(upSgd, w, g, w, w, coefs, sums)
	case s.Nesterov:
		optimize(upNesterov, w, g, v, v, coefs, sums)
	default:
		optimize(upMomentum, w, g, v, v, coefs, sums)
	}
}

// An AdamStep is what a step of Adam needs to know.
type AdamStep struct {
	Rate         float64 // learning rate over 1 - Beta1^t
	Scale        float64 // sqrt(1 - Beta2^t)
	Beta1, Beta2 float64
	Epsilon      float64
	Decay        float64
}

// Adam moves w by its gradient g: with g' = g + Decay·w it is m = Beta1·m + (1 - Beta1)·g', v = Beta2·v + (1 - Beta2)·g'²
// and w = w - Rate·m/(sqrt(v)/Scale + Epsilon). Sums are taken unless they are nil.
func Adam[T Float](w, g, m, v []T, s AdamStep, sums *Sums) {
	optimize(upAdam, w, g, m, v, [maxCoefs]float64{s.Rate, s.Decay, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.Scale, s.Epsilon}, sums)
}

const (
	maxCoefs = 8
	// optimizerPiece is what one core takes at once, and what partial sums are over.
	optimizerPiece = 8192
)

// optimize runs an update piece by piece, on several cores if there are several pieces.
func optimize[T Float](u update, w, g, m, v []T, coefs [maxCoefs]float64, sums *Sums) {
	pieces := (len(w) + optimizerPiece - 1) / optimizerPiece
	job := optimizerJobs.get()
	job.u, job.n, job.double, job.measure, job.coefs = u, len(w), !is32[T](), sums != nil, coefs
	job.w, job.g, job.m, job.v = unsafe.Pointer(first(w)), unsafe.Pointer(first(g)), unsafe.Pointer(first(m)), unsafe.Pointer(first(v))
	if len(job.sums) < pieces {
		job.sums = make([]Sums, pieces)
	}
	pool.Run(pieces, job)
	if sums != nil {
		*sums = Sums{}
		for _, s := range job.sums[:pieces] {
			sums.Grad, sums.Param, sums.Update = sums.Grad+s.Grad, sums.Param+s.Param, sums.Update+s.Update
		}
	}
	job.w, job.g, job.m, job.v = nil, nil, nil, nil
	optimizerJobs.put(job)
}

// An optimizerJob is an update being made on several cores.
type optimizerJob struct {
	u               update
	w, g, m, v      unsafe.Pointer
	n               int
	double, measure bool
	coefs           [maxCoefs]float64
	sums            []Sums // by piece
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
	j.sums[i] = updatePiece(j.u, j.measure, part(j.w), part(j.g), part(j.m), part(j.v), &coefs)
}

// portableUpdate is the same in plain Go.
func portableUpdate[T Float](u update, w, g, m, v []T, c *[maxCoefs]T) (s Sums) {
	for i, old := range w {
		s.Grad += float64(g[i]) * float64(g[i])
		s.Param += float64(old) * float64(old)
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
		change := float64(w[i] - old)
		s.Update += change * change
	}
	return s
}
