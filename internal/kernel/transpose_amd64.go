package kernel

import "unsafe"

// transposeSquares transposes what consists of whole squares of 32 bytes a side, and returns how many rows and columns that are.
func transposeSquares[T Float](dst []T, ldd int, src []T, lds, rows, cols int) (down, across int) {
	size := int(unsafe.Sizeof(dst[0]))
	side := 32 / size
	squares := cols / side
	if !useAVX2 || squares == 0 {
		return 0, 0
	}
	for ; down+side <= rows; down += side {
		to, from := address(&dst[down]), address(&src[down*lds])
		if is32[T]() {
			packTransposed32AVX2(to, from, squares, lds*size, ldd*size)
		} else {
			packTransposed64AVX2(to, from, squares, lds*size, ldd*size)
		}
	}
	return down, squares * side
}
