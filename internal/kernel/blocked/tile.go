package blocked

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A tile is what a micro-kernel computes: results of some neighbouring pixels in some blocks, in one row after another.
//
// A result begins with its element of start. For each offset in order, and for each channel of the source in order, it adds the
// product of the channel at that distance from the pixel's place in x and of a weight. The weights lie in that order. In a joined
// tile it adds such products for three pixels beside each other, for each channel. In a paired tile it adds one product, of the channel
// with its number. The assembly reads these fields by their places, and takes all distances in bytes.
type tile[T kernel.Float] struct {
	x, w, y, start                   *T
	offsets                          *int
	taps                             int
	xRow                             int
	wBlock                           int
	yPixel, yBlock, yRow             int
	startPixel, startBlock, startRow int
	rows                             int
	depth                            int // channels of a pixel in x that lie side by side
	joined                           bool
	paired                           bool
}

// portable computes the tile in plain Go.
func (t *tile[T]) portable(width, pixels int) {
	for row := range t.rows {
		for b := range width {
			for p := range pixels {
				y := blockAt(t.y, row*t.yRow+b*t.yBlock+p*t.yPixel)
				*y = *blockAt(t.start, row*t.startRow+b*t.startBlock+p*t.startPixel)
				t.addTo(y, advance(t.x, row*t.xRow+p*t.depth*sizeOf[T]()), advance(t.w, b*t.wBlock))
			}
		}
	}
}

// addTo adds the products for a pixel at x with weights from w on.
func (t *tile[T]) addTo(y *[Block]T, x, w *T) {
	if t.paired {
		t.addPairs(y, x, w)
		return
	}
	sums, group := *y, 1
	if t.joined {
		group = shifts
	}
	for i, offset := range unsafe.Slice(t.offsets, t.taps) {
		for j := range t.depth * group {
			c, pixel := j/group, j%group
			v := *advance(x, offset+(pixel*t.depth+c)*sizeOf[T]())
			weights := blockAt(w, (i*t.depth*group+j)*Block*sizeOf[T]())
			for k := range sums {
				sums[k] += v * weights[k]
			}
		}
	}
	*y = sums
}

// addPairs is addTo of a paired tile.
func (t *tile[T]) addPairs(y *[Block]T, x, w *T) {
	for i, offset := range unsafe.Slice(t.offsets, t.taps) {
		values, weights := blockAt(x, offset), blockAt(w, i*Block*sizeOf[T]())
		for k := range y {
			y[k] += values[k] * weights[k]
		}
	}
}

// blockAt gives the channels of a pixel n bytes after p.
func blockAt[T kernel.Float](p *T, n int) *[Block]T {
	return (*[Block]T)(unsafe.Pointer(advance(p, n)))
}
