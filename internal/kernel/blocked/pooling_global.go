package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// GlobalAverage sets y, of one pixel for each image, to the mean of all pixels of each channel.
func GlobalAverage[T kernel.Float](f *kernel.Flushed, y, x []T, s Shape) {
	checkAll(s, x)
	s.pixel().check(len(y))
	n := s.plane() * Block
	for i := 0; i*Block < len(y); i++ {
		var sum Sum
		plane := x[i*n:][:n]
		sumPixels(f, sumMoments, &sum, plane, plane, plane, plane)
		for c, v := range sum[0] {
			y[i*Block+c] = T(v / float64(s.plane()))
		}
	}
}

// GlobalAverageGradient sets dx to the gradient by the input of [GlobalAverage].
func GlobalAverageGradient[T kernel.Float](dx, dy []T, s Shape) {
	checkAll(s, dx)
	s.pixel().check(len(dy))
	n := s.plane() * Block
	for i := 0; i*Block < len(dy); i++ {
		part := [Block]T(dy[i*Block:])
		for c := range part {
			part[c] /= T(s.plane())
		}
		plane := dx[i*n:][:n]
		for p := 0; p < n; p += Block {
			*(*[Block]T)(plane[p:]) = part
		}
	}
}

// pixel is the shape of a batch of single pixels.
func (s Shape) pixel() Shape { return Shape{s.N, s.C, 1, 1} }
