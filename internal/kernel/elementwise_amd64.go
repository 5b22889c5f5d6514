package kernel

// compute computes dst = f(a, b). The elements after the last whole block go through the same kernel in a padded block, so
// that an element's result does not depend on its position.
func compute[T Float](flushed *Flushed, f function, dst, a, b []T, argument T) {
	if !useAVX2 {
		portable(f, dst, a, b, argument)
		return
	}
	size := block[T]()
	whole := len(dst) &^ (size - 1)
	if whole > 0 {
		flushed.note(elementwise(f, first(dst), first(a), first(b), whole, argument))
	}
	if whole == len(dst) {
		return
	}
	var tail struct{ dst, a, b [16]T }
	copy(tail.a[:], a[whole:])
	copy(tail.b[:], b[whole:])
	flushed.note(elementwise(f, &tail.dst[0], &tail.a[0], &tail.b[0], size, argument))
	copy(dst[whole:], tail.dst[:])
}

func elementwise[T Float](f function, dst, a, b *T, n int, argument T) uint32 {
	if is32[T]() {
		return elementwise32(f, as32(dst), as32(a), as32(b), n, float32(argument), mode())
	}
	return elementwise64(f, as64(dst), as64(a), as64(b), n, float64(argument), mode())
}
