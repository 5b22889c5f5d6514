package kernel

// Transpose copies a matrix of some rows and columns, element (i, j) at i·lds + j of src, to j·ldd + i of dst.
func Transpose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	_, _ = dst[(cols-1)*ldd+rows-1], src[(rows-1)*lds+cols-1]
	down, across := transposeSquares(dst, ldd, src, lds, rows, cols)
	if down < rows {
		transposePart(dst[down:], ldd, src[down*lds:], lds, rows-down, cols)
	}
	if across < cols {
		transposePart(dst[across*ldd:], ldd, src[across:], lds, down, cols-across)
	}
}

// transposePart is Transpose in plain Go.
func transposePart[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	const strip = 16 // columns, so that the rows of dst that are written stay in the L1 cache
	for from := 0; from < cols; from += strip {
		n := min(strip, cols-from)
		for i := range rows {
			for j, v := range src[i*lds+from:][:n] {
				dst[(from+j)*ldd+i] = v
			}
		}
	}
}
