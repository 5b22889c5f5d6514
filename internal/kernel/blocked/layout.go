package blocked

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
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
func Pack[T kernel.Float](dst, src []T, s Shape) { convert(dst, src, s, true) }

// Unpack converts src, in the blocked layout, to (N, C, H, W) in dst.
func Unpack[T kernel.Float](dst, src []T, s Shape) { convert(src, dst, s, false) }

// convert converts planes to blocks or back, on several cores.
func convert[T kernel.Float](all, planes []T, s Shape, pack bool) {
	s.check(len(all))
	if want := s.N * s.C * s.plane(); len(planes) != want {
		panic(fmt.Sprintf("blocked: got %d elements, want %d for %+v", len(planes), want, s))
	}
	j := layoutJobs[T]().get()
	*j = layoutJob[T]{all, planes, s, pack}
	pool.Run(s.N*s.Blocks(), j)
	*j = layoutJob[T]{}
	layoutJobs[T]().put(j)
}

// A layoutJob is a conversion on several cores.
type layoutJob[T kernel.Float] struct {
	all, planes []T
	shape       Shape
	pack        bool
}

// Do converts a block of an image.
func (j *layoutJob[T]) Do(i int) {
	block, planes := part(j.shape, j.all, j.planes, i)
	plane := j.shape.plane()
	channels := len(planes) / plane
	if !j.pack {
		kernel.Transpose(planes, plane, block, Block, plane, channels)
		return
	}
	if channels < Block {
		clear(block)
	}
	kernel.Transpose(block, Block, planes, plane, channels, plane)
}

var (
	layoutJobs32 = newJobs[layoutJob[float32]]()
	layoutJobs64 = newJobs[layoutJob[float64]]()
)

func layoutJobs[T kernel.Float]() jobs[layoutJob[T]] {
	if free, ok := any(layoutJobs32).(jobs[layoutJob[T]]); ok {
		return free
	}
	return any(layoutJobs64).(jobs[layoutJob[T]])
}

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
