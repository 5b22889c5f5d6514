package blocked

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

//go:generate go run ../asm/vector -blocked -out blocked_amd64.s -stubs blocked_stubs_amd64.go -pkg blocked -dispatch blocked_dispatch_amd64.go

// The instruction sets in use. There is assembly for float32.
var useAVX2, useAVX512 = kernel.UsesAVX2(), kernel.UsesAVX512()

// vectors reports whether kernels in assembly compute with a type.
func vectors[T kernel.Float]() bool { return useAVX2 && sizeOf[T]() == 4 }

// widest is the number of blocks in the next tile, of so many that are left, for rows of some pixels.
func widest[T kernel.Float](left, pixels, depth int) int {
	switch {
	case !vectors[T]() || !useAVX512 || left == 1:
		return 1
	case left >= 4 && pixels <= narrow && depth == Block:
		return 4
	}
	return 2
}

// narrow is the largest number of pixels in a tile of four blocks.
const narrow = 6

// widestTile is the largest number of pixels in a tile of some blocks.
func widestTile[T kernel.Float](width int, joined bool) int {
	switch {
	case !vectors[T]():
		return 64
	case !useAVX512:
		return 6
	case joined:
		return 26
	}
	return 28 / width
}

// run computes the tile.
func (t *tile[T]) run(f *kernel.Flushed, width, pixels int) {
	if !vectors[T]() {
		t.portable(width, pixels)
		return
	}
	if t.paired {
		f.Note(paired32((*byte)(unsafe.Pointer(t)), pixels, kernel.Mode()))
		return
	}
	if t.joined {
		f.Note(joined32((*byte)(unsafe.Pointer(t)), pixels, kernel.Mode()))
		return
	}
	f.Note(tile32((*byte)(unsafe.Pointer(t)), width, pixels, t.depth, kernel.Mode()))
}

// run adds the sums.
func (o *outer[T]) run(f *kernel.Flushed, width int) {
	if !vectors[T]() {
		o.portable(width)
		return
	}
	f.Note(outer32((*byte)(unsafe.Pointer(o)), width, kernel.Mode()))
}

// runShifted adds the sums for three places of the window, whose pixels lie beside each other in x and whose squares follow each other
// in dw.
func (o *outer[T]) runShifted(f *kernel.Flushed) {
	if !vectors[T]() {
		o.portableShifted()
		return
	}
	f.Note(outerShifted32((*byte)(unsafe.Pointer(o)), kernel.Mode()))
}

// runPlanes adds the sums for some taps of planes.
func (o *outer[T]) runPlanes(f *kernel.Flushed, width, taps int) {
	if !vectors[T]() {
		o.portablePlanes(width, taps)
		return
	}
	f.Note(planeOuter32((*byte)(unsafe.Pointer(o)), width, taps, kernel.Mode()))
}

// runPaired adds the sums for some taps of blocks whose channels are paired.
func (o *outer[T]) runPaired(f *kernel.Flushed, taps int) {
	if !vectors[T]() {
		o.portablePaired(taps)
		return
	}
	f.Note(pairedOuter32((*byte)(unsafe.Pointer(o)), taps, kernel.Mode()))
}

// widestTaps is the largest number of taps in a sum.
func widestTaps[T kernel.Float]() int {
	if vectors[T]() && !useAVX512 {
		return 5
	}
	return 9
}

// widestOuter is the largest number of blocks in a sum.
func widestOuter[T kernel.Float](depth int) int {
	if vectors[T]() && !useAVX512 && depth == 1 {
		return 1
	}
	return 2
}

// vectorMap computes a map in assembly, or returns false.
func vectorMap[T kernel.Float](f *kernel.Flushed, m pixelMap, dst, a, b, c, v []T, g grid) bool {
	if !vectors[T]() {
		return false
	}
	const pixel = 4 * Block
	f.Note(map32(m, first(dst), first(a), first(b), first(c), first(v), g.n, pixel*g.stride, g.rows, pixel*g.dstRow, pixel*g.aRow, kernel.Mode()))
	return true
}

// vectorClaim computes claim in assembly, or returns false.
func vectorClaim[T kernel.Float](dx, x, y, left []T, stride int) bool {
	if !vectors[T]() {
		return false
	}
	claim32(first(dx), first(x), first(y), first(left), len(y)/Block, 4*Block*stride, kernel.Mode())
	return true
}

// vectorLargestQuads computes y of the quads in two rows of x, of the given width, in assembly, or returns false.
func vectorLargestQuads[T kernel.Float](y, x []T, width int) bool {
	if !vectors[T]() {
		return false
	}
	_ = x[(width+len(y)/Block*2)*Block-1]
	largestQuads32(first(y), first(x), len(y)/Block, 4*Block*width, kernel.Mode())
	return true
}

// vectorClaimQuads computes dx of the same quads in assembly, or returns false.
func vectorClaimQuads[T kernel.Float](dx, x, dy []T, width int) bool {
	if !vectors[T]() {
		return false
	}
	end := (width + len(dy)/Block*2) * Block
	_, _ = x[end-1], dx[end-1]
	claimQuads32(first(dx), first(x), first(dy), len(dy)/Block, 4*Block*width, kernel.Mode())
	return true
}

// vectorSum computes two sums in assembly, or returns false.
func vectorSum[T kernel.Float](f *kernel.Flushed, s pixelSum, out *Sum, a, b, c, mean []T) bool {
	if !vectors[T]() {
		return false
	}
	f.Note(sum32(s, &out[0][0], first(a), first(b), first(c), first(mean), len(a)/Block, kernel.Mode()))
	return true
}

// first is the address of the first element, as one of float32.
func first[T kernel.Float](x []T) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }
