package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// An Epilogue is what Forward does with its results while they are in the cache. The zero value does nothing.
type Epilogue[T kernel.Float] struct {
	Bias []T  // for each channel, padded with zeros to whole blocks; nil: none
	ReLU bool // gives max(0, y)
}

// finish applies the epilogue to the rows of the strip.
func (s *strip[T]) finish() {
	if !s.epilogue.ReLU {
		return
	}
	for b := range s.width {
		for i, v := range s.results(s.from + b) {
			if v <= 0 {
				s.results(s.from + b)[i] = 0
			}
		}
	}
}

// results are the rows of the strip in a block.
func (s *strip[T]) results(block int) []T {
	step := s.phases[0].rows.step
	top, end := s.top*step, min((s.top+s.rows)*step, s.out.H)
	row := s.out.W * Block
	return s.y[(s.image*s.out.Blocks()+block)*s.out.H*row:][top*row : end*row]
}
