package kernel

// sumPanels sums columns from to to: whole blocks by a vector kernel, the rest in plain Go.
func sumPanels[T Float](flushed *Flushed, kind columnSum, dst, x, y, mean []T, rows, cols, from, to int, f finish) {
	if useAVX2 && rows > 0 {
		size := block[T]()
		for ; from+size <= to; from += size {
			var out lanes
			flushed.note(sumBlock(kind, &out, &x[from], &y[from], &mean[from], rows, cols))
			for j, sum := range out[:size] {
				dst[from+j] = finished[T](sum, f)
			}
		}
	}
	portableSums(kind, dst, x, y, mean, rows, cols, from, to, f)
}

func sumBlock[T Float](kind columnSum, out *lanes, x, y, mean *T, rows, stride int) uint32 {
	if is32[T]() {
		return sumBlock32(kind, &out[0], as32(x), as32(y), as32(mean), rows, stride, mode())
	}
	return sumBlock64(kind, &out[0], as64(x), as64(y), as64(mean), rows, stride, mode())
}

func sumBlock32(kind columnSum, out *float64, x, y, mean *float32, rows, stride int, mode uint32) uint32 {
	switch kind {
	case sumX:
		return columnSum32(out, x, y, mean, rows, stride, mode)
	case sumSquares:
		return columnSquares32(out, x, y, mean, rows, stride, mode)
	}
	return columnCentredDot32(out, x, y, mean, rows, stride, mode)
}

func sumBlock64(kind columnSum, out *float64, x, y, mean *float64, rows, stride int, mode uint32) uint32 {
	switch kind {
	case sumX:
		return columnSum64(out, x, y, mean, rows, stride, mode)
	case sumSquares:
		return columnSquares64(out, x, y, mean, rows, stride, mode)
	}
	return columnCentredDot64(out, x, y, mean, rows, stride, mode)
}

// mapPanels maps columns from to to: whole blocks by a vector kernel, the rest in plain Go.
func mapPanels[T Float](flushed *Flushed, m columnMap, dst, x, y []T, v vectors[T], rows, cols, from, to int) {
	if useAVX2 && rows > 0 {
		size := block[T]()
		for ; from+size <= to; from += size {
			var coefs [4 * 16]T // a block of each
			for j := range size {
				for i, c := range v.coefficients(m, from+j, float64(rows)) {
					coefs[i*size+j] = c
				}
			}
			flushed.note(mapBlock(m, &dst[from], &x[from], &y[from], &coefs[0], rows, cols))
		}
	}
	portableMap(m, dst, x, y, v, rows, cols, from, to)
}

func mapBlock[T Float](m columnMap, dst, x, y, vectors *T, rows, stride int) uint32 {
	if is32[T]() {
		if m == mapNormalize {
			return columnNormalize32(as32(dst), as32(x), as32(y), as32(vectors), rows, stride, mode())
		}
		return columnNormalizeBackward32(as32(dst), as32(x), as32(y), as32(vectors), rows, stride, mode())
	}
	if m == mapNormalize {
		return columnNormalize64(as64(dst), as64(x), as64(y), as64(vectors), rows, stride, mode())
	}
	return columnNormalizeBackward64(as64(dst), as64(x), as64(y), as64(vectors), rows, stride, mode())
}
