package kernel

// compute computes dst = f(a, b). What is left behind the last whole block goes through the same kernel, in a block of its
// own, so that an element's result does not depend on where it stands.
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
	var rest struct{ dst, a, b [16]T }
	copy(rest.a[:], a[whole:])
	copy(rest.b[:], b[whole:])
	flushed.note(elementwise(f, &rest.dst[0], &rest.a[0], &rest.b[0], size, argument))
	copy(dst[whole:], rest.dst[:])
}

func elementwise[T Float](f function, dst, a, b *T, n int, argument T) uint32 {
	if is32[T]() {
		return elementwise32(f, as32(dst), as32(a), as32(b), n, float32(argument), mode())
	}
	return elementwise64(f, as64(dst), as64(a), as64(b), n, float64(argument), mode())
}
