package kernel

// updatePiece updates a piece. The elements after the last whole block go through the same kernel in a padded block.
func updatePiece[T Float](u update, level Measurement, w, g, m, v []T, coefs *[maxCoefs]T) (s Sums) {
	if !useAVX2 {
		return portableUpdate(u, level, w, g, m, v, coefs)
	}
	size := block[T]()
	whole := len(w) &^ (size - 1)
	var out [6]lanes
	if whole > 0 {
		updateBlocks(u, level, first(w), first(g), first(m), first(v), whole, &coefs[0], &out[0][0])
		s.add(&out, level, size)
	}
	if whole == len(w) {
		return s
	}
	var tail struct{ w, g, m, v [16]T }
	copy(tail.w[:], w[whole:])
	copy(tail.g[:], g[whole:])
	copy(tail.m[:], m[whole:])
	copy(tail.v[:], v[whole:])
	out = [6]lanes{}
	updateBlocks(u, level, &tail.w[0], &tail.g[0], &tail.m[0], &tail.v[0], size, &coefs[0], &out[0][0])
	s.add(&out, level, len(w)-whole)
	copy(w[whole:], tail.w[:])
	if memories[u] > 0 {
		copy(m[whole:], tail.m[:])
	}
	if memories[u] > 1 {
		copy(v[whole:], tail.v[:])
	}
	return s
}

// add adds the measurements of a kernel's first n lanes.
func (s *Sums) add(out *[6]lanes, level Measurement, n int) {
	part := Sums{Grad: out[0].add(n)}
	if level == MeasureAll {
		part.Param, part.Update = out[1].add(n), out[2].add(n)
		part.GradAbs = out[3].add(n)
		part.GradMax = out[4].max(n, part.GradAbs)
		part.Same = int(out[5].add(n))
	}
	s.include(part)
}

func updateBlocks[T Float](u update, level Measurement, w, g, m, v *T, n int, coefs *T, sums *float64) uint32 {
	if is32[T]() {
		return update32(u, level, as32(w), as32(g), as32(m), as32(v), n, as32(coefs), sums, mode())
	}
	return update64(u, level, as64(w), as64(g), as64(m), as64(v), n, as64(coefs), sums, mode())
}
