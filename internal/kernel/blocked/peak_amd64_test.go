package blocked

// flopsOf is the number of operations of a loop of the kernel that does nothing else, and the function that runs it n times.
func peakLoop() (flops float64, run func(n int)) {
	const sums = 12
	switch {
	case useAVX512:
		return 2 * sums * 16, peakAVX512
	case useAVX2:
		return 2 * sums * 8, peakAVX2
	}
	return 0, nil
}
