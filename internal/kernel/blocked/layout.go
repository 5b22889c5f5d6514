package blocked

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Block is the number of channels in a block.
const Block = 16

// A Shape is the size of a batch: N images with C channels of H by W pixels.
type Shape struct{ N, C, H, W int }

// Blocks is the number of blocks of channels.
func (s Shape) Blocks() int { return blocks(s.C) }

// Len is the number of elements in the blocked layout.
func (s Shape) Len() int { return s.N * s.Blocks() * s.plane() * Block }

// plane is the number of pixels in an image.
func (s Shape) plane() int { return s.H * s.W }

// blocks is the number of blocks for n channels.
func blocks(n int) int { return (n + Block - 1) / Block }

// Pack converts src, (N, C, H, W), to the blocked layout in dst.
func Pack[T kernel.Float](dst, src []T, s Shape) {
	s.check(len(dst))
	src = src[:s.N*s.C*s.plane()]
	for b := range s.N * s.Blocks() {
		block, planes := part(s, dst, src, b)
		clear(block)
		for p, plane := 0, s.plane(); p < plane; p += packed {
			end := min(p+packed, plane)
			for lane := 0; lane*plane < len(planes); lane++ {
				for i, v := range planes[lane*plane:][p:end] {
					block[(p+i)*Block+lane] = v
				}
			}
		}
	}
}

// Unpack converts src, in the blocked layout, to (N, C, H, W) in dst.
func Unpack[T kernel.Float](dst, src []T, s Shape) {
	s.check(len(src))
	dst = dst[:s.N*s.C*s.plane()]
	for b := range s.N * s.Blocks() {
		block, planes := part(s, src, dst, b)
		for p, plane := 0, s.plane(); p < plane; p += packed {
			end := min(p+packed, plane)
			for lane := 0; lane*plane < len(planes); lane++ {
				to := planes[lane*plane:][p:end]
				for i := range to {
					to[i] = block[(p+i)*Block+lane]
				}
			}
		}
	}
}

// packed is the number of pixels that are converted together, so that they stay in the L1 cache.
const packed = 128

// part gives block b of a batch in both layouts: all its channels, and those that are no padding.
func part[T kernel.Float](s Shape, all, planes []T, b int) (block, channels []T) {
	plane := s.plane()
	image, c := b/s.Blocks(), b%s.Blocks()*Block
	from := (image*s.C + c) * plane
	return all[b*plane*Block:][:plane*Block], planes[from : from+min(Block, s.C-c)*plane]
}

// check panics if n is not the length of the shape.
func (s Shape) check(n int) {
	if n != s.Len() {
		panic(fmt.Sprintf("blocked: got %d elements, want %d for %+v", n, s.Len(), s))
	}
}
