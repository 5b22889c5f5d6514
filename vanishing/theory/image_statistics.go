package theory

// mostImages is the number of images of a batch whose pairs of pixels are compared.
const mostImages = 16

// ImageOf describes the images x of a batch, each with its channels, their rows and their columns. Pairs of pixels are compared in the
// first 16 images.
func ImageOf(x []float64, batch, height, width int) *Image {
	g := grid{height, width}
	size := len(x) / batch
	im := &Image{Height: height, Width: width, MeanSquares: make([]float64, g.size())}
	for i, v := range x {
		im.MeanSquares[i%g.size()] += v * v / float64(len(x)/g.size())
	}
	on, n := newCorrelator(g), min(batch, mostImages)
	each, all := make([]float64, g.offsets()), make([]float64, g.offsets())
	squares, sum := make([]float64, g.size()), make([]float64, g.size())
	for first := 0; first < size; first += g.size() {
		clear(sum)
		for b := range n {
			channel := x[b*size+first:][:g.size()]
			addTo(each, on.auto(channel), 1)
			addTo(sum, channel, 1)
			for i, v := range channel {
				squares[i] += v * v
			}
		}
		addTo(all, on.auto(sum), 1)
	}
	im.Same, im.Other = make([]float64, g.offsets()), make([]float64, g.offsets())
	for d, size := range on.auto(roots(squares)) {
		im.Same[d] = clip(over(each[d], size))
		if n > 1 {
			im.Other[d] = clip(over((all[d]-each[d])/float64(n-1), size))
		}
	}
	im.Same[g.index(0, 0)] = 1
	return im
}
