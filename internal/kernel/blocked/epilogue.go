package blocked

import (
	"fmt"
	"slices"

	"github.com/gradflow/gradflow/internal/kernel"
)

// An Epilogue is what a pass does with its results z while they are in the cache, in the order of the fields. The zero value does
// nothing. Bias and Mean have an element for each channel, all other slices one for each result; channels that fill up the last block
// have zeros.
type Epilogue[T kernel.Float] struct {
	Bias      []T               // z + bias
	Normalize *Normalization[T] // n(z)
	Add       []T               // z + add
	Mask      []T               // z where mask > 0 or NaN, and 0 elsewhere: the gradient of ReLU with this output
	Moments   []Sum             // for each block, set to Σ z and Σ z²
	Slopes    []Sum             // for each block, set to Σ z and Σ z·(x - mean): for the gradient of a normalisation of x
	ReLU      bool              // max(0, z)

	X, Mean []T // for Slopes
	// Rectified tells that the mask is max(0, n(Mask)): the mask of an Input that was normalised on loading.
	Rectified *Normalization[T]
}

// check panics if a slice is not as long as the shape of the results says.
func (e *Epilogue[T]) check(s Shape) {
	for _, x := range [][]T{e.Add, e.Mask, e.X} {
		if x != nil {
			s.check(len(x))
		}
	}
	want := s.Blocks()
	for _, n := range []int{len(e.Bias), len(e.Mean), len(e.Moments) * Block, len(e.Slopes) * Block} {
		if n != 0 && n != want*Block {
			panic(fmt.Sprintf("blocked: got an epilogue for %d channels, want %d", n, want*Block))
		}
	}
	for _, n := range []*Normalization[T]{e.Normalize, e.Rectified} {
		if n != nil {
			n.check(want)
		}
	}
	if e.Rectified != nil && e.Mask == nil {
		panic("blocked: got a normalisation of a mask, without a mask")
	}
	if e.Slopes != nil && (e.X == nil || e.Mean == nil || e.Moments != nil) {
		panic("blocked: got slopes without X and Mean, or with moments")
	}
}

// finish applies the epilogue to the strip.
func (s *strip[T]) finish() {
	for i := range s.count {
		one := *s
		one.image += i
		one.finishImage()
	}
}

// finishImage applies the epilogue to the strip's results of its first image.
func (s *strip[T]) finishImage() {
	e := &s.epilogue
	for b := s.from; b < s.from+s.width; b++ {
		z := s.results(s.y, b)
		s.add(z, b)
		s.mask(z, b)
		switch sum := s.sum(b); {
		case e.Moments != nil:
			sumPixels(s.flushed, sumMoments, sum, z, z, z, z)
		case e.Slopes != nil:
			sumPixels(s.flushed, sumSlopes, sum, z, s.results(e.X, b), z, e.Mean[b*Block:])
		}
		if e.ReLU {
			s.apply(mapReLU, z, s.y, b)
		}
	}
}

// add normalises the results z of a block and adds to them.
func (s *strip[T]) add(z []T, block int) {
	e := &s.epilogue
	switch {
	case e.Normalize == nil:
		s.apply(mapAdd, z, e.Add, block)
	case e.Add == nil:
		s.applyNormalized(mapNormalize, z, z, e.Normalize, block)
	default:
		s.applyNormalized(mapNormalizeAdd, z, s.results(e.Add, block), e.Normalize, block)
	}
}

// mask sets the results z of a block to zero where the mask says so.
func (s *strip[T]) mask(z []T, block int) {
	e := &s.epilogue
	if e.Rectified == nil {
		s.apply(mapMask, z, e.Mask, block)
		return
	}
	s.applyNormalized(mapMaskNormalized, z, s.results(e.Mask, block), e.Rectified, block)
}

// applyNormalized replaces the results z of a block by a map with the vectors of a normalisation.
func (s *strip[T]) applyNormalized(m pixelMap, z, other []T, n *Normalization[T], block int) {
	v := n.vectors(block)
	mapPixels(s.flushed, m, z, z, other, z, v[:], row(len(z)/Block))
}

// apply replaces the results z of a block by a map of z and other, unless that is nil.
func (s *strip[T]) apply(m pixelMap, z, other []T, block int) {
	if other != nil {
		mapPixels(s.flushed, m, z, z, s.results(other, block), z, nil, row(len(z)/Block))
	}
}

// results are the strip's rows of a block.
func (s *strip[T]) results(y []T, block int) []T {
	step := s.phases[0].rows.step
	top, end := s.top*step, min((s.top+s.rows)*step, s.out.H)
	row := s.out.W * Block
	return y[(s.image*s.out.Blocks()+block)*s.out.H*row:][top*row : end*row]
}

// sum is where the sums of the strip's results of a block go; nil if there are none.
func (s *strip[T]) sum(block int) *Sum {
	if len(s.sums) == 0 {
		return nil
	}
	return &s.sums[(s.image*s.source.strips+s.top/s.source.strip)*s.out.Blocks()+block]
}

// startSums makes room for the sums of some strips.
func (j *passJob[T]) startSums(strips int) {
	j.sums = j.sums[:0]
	if j.epilogue.Moments != nil || j.epilogue.Slopes != nil {
		j.sums = slices.Grow(j.sums, strips*j.out.Blocks())[:strips*j.out.Blocks()]
	}
}

// endSums adds the sums of all strips, in order.
func (j *passJob[T]) endSums() {
	if len(j.sums) > 0 {
		total := j.epilogue.Moments
		if total == nil {
			total = j.epilogue.Slopes
		}
		addSums(total, j.sums)
	}
}
