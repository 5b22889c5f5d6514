package kernel

// CountBetween counts the elements with low < x <= high in each of the len(counts) columns of x. A NaN is not counted.
func CountBetween[T Float](counts, x []T, low, high T) {
	cols := len(counts)
	if cols == 0 {
		return
	}
	rows := len(x) / cols
	for j := countBlocks(counts, x, low, high, rows, cols); j < cols; j++ {
		counts[j] = 0
		for at := j; at < rows*cols; at += cols {
			if low < x[at] && x[at] <= high {
				counts[j]++
			}
		}
	}
}
