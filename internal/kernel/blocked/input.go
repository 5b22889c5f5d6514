package blocked

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/kernel"
)

// An Input is what a convolution reads: X, or a function of it that is computed while a pass reads X, so that its values are never
// stored.
type Input[T kernel.Float] struct {
	X         []T
	Normalize *Normalization[T] // nil: none
	ReLU      bool              // max(0, x) after the normalisation, which must not be nil
}

// check panics if x does not fit the source of a pass.
func (x *Input[T]) check(s *source) {
	if want := s.shape.N * s.all * s.depth * s.shape.plane(); len(x.X) != want {
		panic(fmt.Sprintf("blocked: got an input of %d elements, want %d for %+v", len(x.X), want, s.shape))
	}
	if x.Normalize != nil {
		if s.depth == 1 {
			panic("blocked: got an input of planes that is to be normalised")
		}
		x.Normalize.check(s.all)
	} else if x.ReLU {
		panic("blocked: got an input with ReLU but without a normalisation")
	}
}

// inPlace reports whether a pass reads the input where it is.
func (x *Input[T]) inPlace(s *source) bool { return s.plain && x.Normalize == nil }

// mapping is the map that gives the input's values.
func (x *Input[T]) mapping() pixelMap {
	switch {
	case x.Normalize == nil:
		return mapCopy
	case x.ReLU:
		return mapNormalizeReLU
	}
	return mapNormalize
}

// A Normalization is (x - mean)·rstd·gain + shift. Each slice has an element for each channel, those of padding channels being zeros in
// all but RStd.
type Normalization[T kernel.Float] struct{ Mean, RStd, Gain, Shift []T }

func (n *Normalization[T]) check(blocks int) {
	for _, v := range [][]T{n.Mean, n.RStd, n.Gain, n.Shift} {
		if len(v) != blocks*Block {
			panic(fmt.Sprintf("blocked: got a normalisation of %d channels, want %d", len(v), blocks*Block))
		}
	}
}

// vectors gives the vectors of the map mapNormalize for a block.
func (n *Normalization[T]) vectors(block int) (v [4 * Block]T) {
	for i := range Block {
		c := block*Block + i
		v[i], v[Block+i], v[2*Block+i] = n.Mean[c], n.RStd[c]*n.Gain[c], n.Shift[c]
	}
	return v
}

// gradientVectors gives the vectors of the map mapBackward for a block, from the block's slopes over n values of each channel.
// Without slopes mean and rstd do not depend on x.
func (n *Normalization[T]) gradientVectors(block int, slopes *Sum, count int) (v [4 * Block]T) {
	for i := range Block {
		c := block*Block + i
		rstd := float64(n.RStd[c])
		a := rstd * float64(n.Gain[c])
		v[i], v[3*Block+i] = n.Mean[c], T(a)
		if slopes != nil {
			v[Block+i] = T(-a * rstd * rstd * slopes[1][i] / float64(count))
			v[2*Block+i] = T(-a * slopes[0][i] / float64(count))
		}
	}
	return v
}
