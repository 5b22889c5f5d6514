package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

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
