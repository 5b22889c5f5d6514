package kernel

// compute computes rows [from, to): by a vector kernel if their length is a multiple of a block, otherwise in plain Go.
func (w *rowWork[T]) compute(from, to int) {
	if !useAVX2 || w.cols%block[T]() != 0 || from == to {
		w.portable(from, to)
		return
	}
	at, rows, cols := from*w.cols, to-from, w.cols
	switch w.kind {
	case rowMeans:
		w.flushed.note(rowStatistic(w.kind, &w.dst[from], &w.x[at], rows, cols, nil, w.factor, 0))
	case rowRStd:
		w.flushed.note(rowStatistic(w.kind, &w.dst[from], &w.x[at], rows, cols, &w.mean[from], w.factor, w.eps))
	case rowNormalize:
		w.flushed.note(normalizeRows(&w.dst[at], &w.x[at], rows, cols, &w.mean[from], &w.rstd[from], &w.gain[0], &w.other[0]))
	case rowNormalizeBackward:
		w.flushed.note(normalizeRowsBackward(&w.dst[at], &w.x[at], &w.other[at], rows, cols, &w.mean[from], &w.rstd[from], &w.gain[0], w.factor, w.centre))
	}
}

// gains computes the gradients of the gains of columns [from, to): whole blocks by a vector kernel, the rest in plain Go.
func (w *rowWork[T]) gains(from, to int) {
	if useAVX2 {
		size := block[T]()
		for ; from+size <= to; from += size {
			var out lanes
			w.flushed.note(gainBlock(&out, &w.x[from], &w.other[from], &w.mean[0], &w.rstd[0], w.rows, w.cols))
			for j, sum := range out[:size] {
				w.dst[from+j] = T(sum)
			}
		}
	}
	w.portableGains(from, to)
}

func rowStatistic[T Float](kind rowKind, out, x *T, rows, n int, mean *T, factor, eps float64) uint32 {
	switch {
	case kind == rowMeans && is32[T]():
		return rowMeans32(as32(out), as32(x), rows, n, nil, factor, eps, mode())
	case kind == rowMeans:
		return rowMeans64(as64(out), as64(x), rows, n, nil, factor, eps, mode())
	case is32[T]():
		return rowRStd32(as32(out), as32(x), rows, n, as32(mean), factor, eps, mode())
	}
	return rowRStd64(as64(out), as64(x), rows, n, as64(mean), factor, eps, mode())
}

func normalizeRows[T Float](y, x *T, rows, n int, mean, rstd, gain, shift *T) uint32 {
	if is32[T]() {
		return normalizeRows32(as32(y), as32(x), rows, n, as32(mean), as32(rstd), as32(gain), as32(shift), mode())
	}
	return normalizeRows64(as64(y), as64(x), rows, n, as64(mean), as64(rstd), as64(gain), as64(shift), mode())
}

func normalizeRowsBackward[T Float](dx, x, dy *T, rows, n int, mean, rstd, gain *T, factor, centre float64) uint32 {
	if is32[T]() {
		return normalizeRowsBackward32(as32(dx), as32(x), as32(dy), rows, n, as32(mean), as32(rstd), as32(gain), factor, centre, mode())
	}
	return normalizeRowsBackward64(as64(dx), as64(x), as64(dy), rows, n, as64(mean), as64(rstd), as64(gain), factor, centre, mode())
}

func gainBlock[T Float](out *lanes, x, dy, mean, rstd *T, rows, stride int) uint32 {
	if is32[T]() {
		return rowGain32(&out[0], as32(x), as32(dy), as32(mean), as32(rstd), rows, stride, mode())
	}
	return rowGain64(&out[0], as64(x), as64(dy), as64(mean), as64(rstd), rows, stride, mode())
}
