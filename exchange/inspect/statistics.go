package inspect

import (
	"math"
	"math/cmplx"
	"slices"
)

// A Tensor describes a tensor of a file. Mean, SD, Min and Max are those of its finite numbers: NaN without any. Complex numbers count by their
// absolute values.
type Tensor struct {
	Name  string // empty for the array of an NPY file
	Dtype string // by the file's name, such as "F32" or "float32"
	Shape []int  // empty for a scalar

	Elements  int
	Mean, SD  float64 // SD is the standard deviation of all of them
	Min, Max  float64
	Zeros     int
	NaNs      int
	Infinites int

	Warnings []Warning
}

// maxColumns bounds the columns, or the rows in Fortran's order, that are looked through for zeros.
const maxColumns = 1 << 20

// statistics are those of the numbers so far.
type statistics struct {
	t        Tensor
	finite   int
	mean, m2 float64 // of the finite numbers; m2 is the sum of squared differences from the mean
	isFloat  bool
	low      int // numbers of 0 or less

	inner      int    // numbers in a row: of the first axis, or of the last in Fortran's order
	fortran    bool   // whether these rows are columns
	rowAlive   bool   // whether the current row has a number that is not zero
	deadRows   int    // of the rows so far
	aliveInner []bool // by place in the row; nil if there are too many, or no two axes
}

func newStatistics(name, dtype string, shape []int, fortran bool) *statistics {
	s := &statistics{t: Tensor{Name: name, Dtype: dtype, Shape: shape, Min: math.Inf(1), Max: math.Inf(-1)}, fortran: fortran}
	n := 1
	for _, size := range shape {
		n *= size
	}
	if len(shape) >= 2 && n > 0 {
		outer := shape[0]
		if fortran {
			outer = shape[len(shape)-1]
		}
		s.inner = n / outer
		if len(shape) == 2 && s.inner <= maxColumns {
			s.aliveInner = make([]bool, s.inner)
		}
	}
	return s
}

// add takes the next piece: a slice of numbers.
func (s *statistics) add(values any) error {
	switch v := values.(type) {
	case []float64:
		s.isFloat = true
		addAll(s, v)
	case []float32:
		s.isFloat = true
		addAll(s, v)
	case []int:
		addAll(s, v)
	case []int64:
		addAll(s, v)
	case []int32:
		addAll(s, v)
	case []int16:
		addAll(s, v)
	case []int8:
		addAll(s, v)
	case []uint64:
		addAll(s, v)
	case []uint32:
		addAll(s, v)
	case []uint16:
		addAll(s, v)
	case []uint8:
		addAll(s, v)
	case []complex64:
		for _, z := range v {
			s.one(cmplx.Abs(complex128(z)))
		}
	case []complex128:
		for _, z := range v {
			s.one(cmplx.Abs(z))
		}
	case []bool:
		for _, b := range v {
			x := 0.0
			if b {
				x = 1
			}
			s.one(x)
		}
	}
	return nil
}

func addAll[T ~float64 | ~float32 | ~int | ~int64 | ~int32 | ~int16 | ~int8 | ~uint64 | ~uint32 | ~uint16 | ~uint8](s *statistics, values []T) {
	for _, v := range values {
		s.one(float64(v))
	}
}

// one takes the next number, by Welford's algorithm.
func (s *statistics) one(x float64) {
	s.place(x != 0)
	s.t.Elements++
	switch {
	case x != x:
		s.t.NaNs++
		return
	case math.IsInf(x, 0):
		s.t.Infinites++
		return
	case x == 0:
		s.t.Zeros++
	}
	if x <= 0 {
		s.low++
	}
	s.finite++
	d := x - s.mean
	s.mean += d / float64(s.finite)
	s.m2 += d * (x - s.mean)
	s.t.Min, s.t.Max = min(s.t.Min, x), max(s.t.Max, x)
}

// place notes whether the number at the next place keeps its row and its column alive.
func (s *statistics) place(alive bool) {
	if s.inner == 0 {
		return
	}
	at := s.t.Elements % s.inner
	if s.aliveInner != nil && alive {
		s.aliveInner[at] = true
	}
	s.rowAlive = s.rowAlive || alive
	if at == s.inner-1 {
		if !s.rowAlive {
			s.deadRows++
		}
		s.rowAlive = false
	}
}

// tensor is the description, after the last number.
func (s *statistics) tensor() Tensor {
	t := s.t
	t.Shape = slices.Clone(t.Shape)
	t.Mean, t.SD = s.mean, math.Sqrt(s.m2/float64(max(s.finite, 1)))
	if s.finite == 0 {
		t.Mean, t.SD, t.Min, t.Max = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	t.Warnings = s.warnings()
	return t
}
