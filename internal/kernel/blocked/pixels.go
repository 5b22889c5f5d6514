package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// A pixelMap computes the blocks of pixels from those at the same pixels of up to three inputs, and from vectors with an element
// for each channel.
type pixelMap int

const (
	mapCopy             pixelMap = iota
	mapReLU                      // max(0, a)
	mapMask                      // a where b > 0, and 0 elsewhere
	mapAdd                       // a + b
	mapLarger                    // the larger of a and b; NaN if either is
	mapNormalize                 // n(a) = (a - v0)·v1 + v2
	mapNormalizeReLU             // max(0, n(a))
	mapNormalizeAdd              // n(a) + b
	mapNormalizeAddReLU          // max(0, n(a) + b)
	mapMaskNormalized            // a where n(b) > 0, and 0 elsewhere
	mapBackward                  // n(b) + a·v3
	mapBackwardReLU              // n(b) + a·v3, with 0 for a where c is not above 0
)

// A grid is the pixels of a map: rows that lie dstRow and aRow pixels apart in the result and in the first input, whose
// pixels lie stride pixels apart. The other inputs have no gaps.
type grid struct{ n, stride, rows, dstRow, aRow int }

// row is a grid of n pixels side by side.
func row(n int) grid { return grid{n: n, stride: 1, rows: 1} }

// mapPixels computes a map. An input that the map does not read may be any slice that is long enough.
func mapPixels[T kernel.Float](f *kernel.Flushed, m pixelMap, dst, a, b, c, v []T, g grid) {
	if g.n == 0 || g.rows == 0 {
		return
	}
	_ = dst[((g.rows-1)*g.dstRow+g.n)*Block-1]
	_ = a[((g.rows-1)*g.aRow+(g.n-1)*g.stride+1)*Block-1]
	b, c = b[:g.rows*g.n*Block], c[:g.rows*g.n*Block]
	if vectorMap(f, m, dst, a, b, c, v, g) {
		return
	}
	for i := range g.rows {
		at := i * g.n * Block
		portableMap(m, dst[i*g.dstRow*Block:][:g.n*Block], a[i*g.aRow*Block:], b[at:], c[at:], v, g.stride)
	}
}

// portableMap computes a row of a map in plain Go.
func portableMap[T kernel.Float](m pixelMap, dst, a, b, c, v []T, stride int) {
	for p := 0; p*Block < len(dst); p++ {
		to, x := dst[p*Block:][:Block], a[p*stride*Block:][:Block]
		y, z := b[p*Block:][:Block], c[p*Block:][:Block]
		for i := range to {
			to[i] = mapped(m, x[i], y[i], z[i], v, i)
		}
	}
}

// mapped computes an element of a map, in channel i of a block.
func mapped[T kernel.Float](m pixelMap, a, b, c T, v []T, i int) T {
	normalized := func(x T) T { return (x-v[i])*v[Block+i] + v[2*Block+i] }
	switch m {
	case mapReLU:
		return max(0, a)
	case mapMask:
		return masked(a, b)
	case mapAdd:
		return a + b
	case mapLarger:
		return max(a, b)
	case mapNormalize:
		return normalized(a)
	case mapNormalizeReLU:
		return max(0, normalized(a))
	case mapNormalizeAdd:
		return normalized(a) + b
	case mapNormalizeAddReLU:
		return max(0, normalized(a)+b)
	case mapMaskNormalized:
		return masked(a, normalized(b))
	case mapBackward:
		return normalized(b) + a*v[3*Block+i]
	case mapBackwardReLU:
		return normalized(b) + masked(a, c)*v[3*Block+i]
	}
	return a
}

// masked is dy where y > 0 or NaN, and 0 elsewhere.
func masked[T kernel.Float](dy, y T) T {
	if y <= 0 {
		return 0
	}
	return dy
}
