package blocked

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

// An outer is what a micro-kernel adds to some squares of weights: for each pixel, in one row after another, the products of
// a block of x with blocks of dy. Square i takes the block of dy that lies i·dyStep further. The assembly reads these fields by
// their places, and takes all distances in bytes.
type outer[T kernel.Float] struct {
	x, dy, dw      *T
	xRow, dyRow    int
	dyStep, dwStep int
	pixels, rows   int
	offsets        *int // of taps, for a source of planes or paired channels
}

// portable adds the sums in plain Go.
func (o *outer[T]) portable(width int) {
	for i := range width {
		for row := range o.rows {
			for p := range o.pixels {
				at := p * Block * sizeOf[T]()
				x, dy := blockAt(o.x, row*o.xRow+at), blockAt(o.dy, row*o.dyRow+i*o.dyStep+at)
				for c, v := range x {
					sums := blockAt(o.dw, i*o.dwStep+c*Block*sizeOf[T]())
					for k := range sums {
						sums[k] += v * dy[k]
					}
				}
			}
		}
	}
}

// shifts is the number of places in a row of the window that are computed together where their pixels lie beside each other.
const shifts = 3

// portableShifted adds the sums of three places in plain Go.
func (o *outer[T]) portableShifted() {
	for i := range shifts {
		at := *o
		at.x, at.dw = advance(o.x, i*Block*sizeOf[T]()), advance(o.dw, i*square*sizeOf[T]())
		at.portable(1)
	}
}

// portablePlanes adds the sums of some taps in plain Go. Instead of squares there is a row of weights for each tap.
func (o *outer[T]) portablePlanes(width, taps int) {
	for tap, offset := range unsafe.Slice(o.offsets, taps) {
		for i := range width {
			sums := blockAt(o.dw, i*o.dwStep+tap*Block*sizeOf[T]())
			for row := range o.rows {
				x := unsafe.Slice(advance(o.x, row*o.xRow+offset), o.pixels)
				for p, v := range x {
					dy := blockAt(o.dy, row*o.dyRow+i*o.dyStep+p*Block*sizeOf[T]())
					for k := range sums {
						sums[k] += v * dy[k]
					}
				}
			}
		}
	}
}

// portablePaired adds the sums of some taps in plain Go. Instead of squares there is a row of weights for each tap: the products of the
// channels of x with those of dy that have the same numbers.
func (o *outer[T]) portablePaired(taps int) {
	for tap, offset := range unsafe.Slice(o.offsets, taps) {
		sums := blockAt(o.dw, tap*Block*sizeOf[T]())
		for row := range o.rows {
			for p := range o.pixels {
				at := p * Block * sizeOf[T]()
				x, dy := blockAt(o.x, row*o.xRow+offset+at), blockAt(o.dy, row*o.dyRow+at)
				for k := range sums {
					sums[k] += x[k] * dy[k]
				}
			}
		}
	}
}
