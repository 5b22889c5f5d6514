package blocked

// each calls f with the index of the first channel of each pixel in a window.
func (p *Pool[T]) each(rows, cols span, f func(i int)) {
	for h := rows.first; h < rows.end; h += rows.dilation {
		for w := cols.first; w < cols.end; w += cols.dilation {
			f((h*p.in.W + w) * Block)
		}
	}
}

// mean gives the mean of each channel.
func (j *poolJob[T]) mean(x []T, rows, cols span) (y [Block]T) {
	j.each(rows, cols, func(i int) {
		for c, v := range (*[Block]T)(x[i:]) {
			y[c] += v
		}
	})
	n := j.pixels(rows, cols)
	for c := range y {
		y[c] /= n
	}
	return y
}

// spread adds the part of dy that each pixel receives.
func (j *poolJob[T]) spread(dx []T, dy *[Block]T, rows, cols span) {
	n := j.pixels(rows, cols)
	j.each(rows, cols, func(i int) {
		to := (*[Block]T)(dx[i:])
		for c, v := range dy {
			to[c] += v / n
		}
	})
}

// pixels is the number of pixels that a mean divides by; 1 if there are none.
func (j *poolJob[T]) pixels(rows, cols span) T {
	if j.padding {
		return T(j.rows.size * j.cols.size)
	}
	return T(max(1, rows.count()*cols.count()))
}
