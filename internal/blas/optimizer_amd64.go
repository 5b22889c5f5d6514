package blas

// updatePiece makes an update; what is left behind the last whole block goes through the same kernel.
func updatePiece[T Float](u update, measure bool, w, g, m, v []T, coefs *[maxCoefs]T) (s Sums) {
	if !useAVX2 {
		return portableUpdate(u, w, g, m, v, coefs)
	}
	size := block[T]()
	whole := len(w) &^ (size - 1)
	var out [3]lanes
	if whole > 0 {
		note(updateBlocks(u, measure, first(w), first(g), first(m), first(v), whole, &coefs[0], &out[0][0]))
		s.add(&out, size)
	}
	if whole == len(w) {
		return s
	}
	var rest struct{ w, g, m, v [16]T }
	copy(rest.w[:], w[whole:])
	copy(rest.g[:], g[whole:])
	copy(rest.m[:], m[whole:])
	copy(rest.v[:], v[whole:])
	out = [3]lanes{}
	note(updateBlocks(u, measure, &rest.w[0], &rest.g[0], &rest.m[0], &rest.v[0], size, &coefs[0], &out[0][0]))
	s.add(&out, size)
	copy(w[whole:], rest.w[:])
	if u != upSgd {
		copy(m[whole:], rest.m[:])
	}
	if u == upAdam {
		copy(v[whole:], rest.v[:])
	}
	return s
}

func (s *Sums) add(out *[3]lanes, size int) {
	s.Grad += out[0].add(size)
	s.Param += out[1].add(size)
	s.Update += out[2].add(size)
}

func updateBlocks[T Float](u update, measure bool, w, g, m, v *T, n int, coefs *T, sums *float64) uint32 {
	if is32[T]() {
		return update32(u, measure, as32(w), as32(g), as32(m), as32(v), n, as32(coefs), sums, mode())
	}
	return update64(u, measure, as64(w), as64(g), as64(m), as64(v), n, as64(coefs), sums, mode())
}
