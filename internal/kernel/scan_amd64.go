package kernel

// scanBlocks runs a kernel over the whole blocks of x, and gives the number of elements it has read. It reads subnormal numbers
// as they are. A square that underflows float64 does not count as flushed.
func scanBlocks[T Float](s scan, out *lanes, x []T) int {
	whole := len(x) &^ (block[T]() - 1)
	switch {
	case !useAVX2 || whole == 0:
		return 0
	case is32[T]():
		scan32(s, &out[0], as32(first(x)), whole, ieeeMode)
	default:
		scan64(s, &out[0], as64(first(x)), whole, ieeeMode)
	}
	return whole
}
