package blocked

import "math"

// largest sets y to the largest value in each window, row by row: it takes in one place of the window after another.
func (j *poolJob[T]) largest(y, x []T) {
	for h := range j.out.H {
		to := y[h*j.out.W*Block:][:j.out.W*Block]
		for i := range to {
			to[i] = T(math.Inf(-1))
		}
		for row := j.rows.window(h); row.first < row.end; row.first += row.dilation {
			from := x[row.first*j.in.W*Block:][:j.in.W*Block]
			for place := range j.cols.size {
				j.take(to, from, place)
			}
		}
	}
}

// take sets a row of results to the larger of them and of a row of the input at a column of the window.
func (j *poolJob[T]) take(to, from []T, place int) {
	stride, shift := j.cols.stride, j.cols.pad-place*j.cols.dilation
	// Result i reads pixel i·stride - shift.
	first := max(0, (shift+stride-1)/stride)
	end := min(j.out.W, (j.in.W+shift+stride-1)/stride)
	if first >= end {
		return
	}
	to = to[first*Block : end*Block]
	g := grid{n: end - first, stride: stride, rows: 1}
	mapPixels(nil, mapLarger, to, from[(first*stride-shift)*Block:], to, to, nil, g)
}
