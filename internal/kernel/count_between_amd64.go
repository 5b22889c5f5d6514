package kernel

// countBlocks counts in whole blocks of columns, and gives the number of columns done.
func countBlocks[T Float](counts, x []T, low, high T, rows, cols int) int {
	if !useAVX2 || rows == 0 {
		return 0
	}
	size, j := block[T](), 0
	for ; j+size <= cols; j += size {
		if is32[T]() {
			between32(as32(&counts[j]), as32(&x[j]), float32(low), float32(high), rows, cols, mode())
		} else {
			between64(as64(&counts[j]), as64(&x[j]), float64(low), float64(high), rows, cols, mode())
		}
	}
	return j
}
