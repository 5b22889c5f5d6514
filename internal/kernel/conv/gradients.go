package conv

import "github.com/gradflow/gradflow/internal/kernel"

// InputGradient is the gradient dx of the input x, from the gradient dy of the output. It is also the transposed convolution of dy,
// plus a bias for each input channel unless bias is nil.
func InputGradient[T kernel.Float](flushed *kernel.Flushed, g Geometry, dx, dy, w, bias []T) {
	run(flushed, g, inputGradient, dx, w, bias, dy)
}

// WeightGradient is the gradient dw of the weights, from the input x and the gradient dy of the output.
func WeightGradient[T kernel.Float](flushed *kernel.Flushed, g Geometry, dw, x, dy []T) {
	run(flushed, g, weightGradient, x, dw, nil, dy)
}

// inputGradient computes the gradient of some channels of a group in an image: patches = Wᵀ·dY, each added where it comes from.
func (j *job[T]) inputGradient(piece int, memory []T) {
	g := &j.g
	blocks := parts(g.depth(), j.rows)
	stack, rows := piece/blocks, split(g.depth(), j.rows, piece%blocks)
	group := stack % g.Groups
	w, dx := j.weights(group)[rows.from:], j.input(stack)
	beta := j.clear(dx, group, rows)
	if g.pointwise() {
		dx = dx[rows.from*g.pixels():]
		kernel.Gemm(j.flushed, true, false, rows.size(), g.area(), g.outGroup(), 1, w, g.depth(), j.output(stack), g.area(), beta, dx, g.pixels())
		return
	}
	for i := range parts(g.Result[0], j.lines) {
		p := lines[T]{g: g, rows: rows, lines: split(g.Result[0], j.lines, i), data: memory}
		p.columns = p.lines.size() * g.Result[1]
		p.stride = p.columns
		dy := j.output(stack)[p.lines.from*g.Result[1]:]
		kernel.Gemm(j.flushed, true, false, rows.size(), p.columns, g.outGroup(), 1, w, g.depth(), dy, g.area(), 0, p.data, p.stride)
		p.scatter(j.flushed, dx)
	}
}

// clear sets the channels that some rows of patches are added to, to the bias, or else to 0. It returns the factor of what is there.
func (j *job[T]) clear(dx []T, group int, rows span) (beta T) {
	g := &j.g
	channels := span{rows.from / g.window(), rows.to / g.window()}
	dx = dx[channels.from*g.pixels() : channels.to*g.pixels()]
	if j.bias == nil {
		clear(dx)
		return 0
	}
	fillRows(dx, g.pixels(), g.pixels(), part(j.bias, group, g.inGroup())[channels.from:channels.to])
	return 1
}

// weightGradient computes some columns of the gradient of a group's weights, for some images: dW = Σ dY·patchesᵀ.
func (j *job[T]) weightGradient(piece int, memory []T) {
	g := &j.g
	blocks := parts(g.depth(), j.rows)
	rows, stack := split(g.depth(), j.rows, piece%blocks), piece/blocks
	group, share := stack%g.Groups, stack/g.Groups
	dw, beta := part(j.gradient(share), group, g.outGroup()*g.depth())[rows.from:], T(0)
	images := split(g.Batch, j.images, share)
	for n := images.from; n < images.to; n++ {
		x, dy := j.input(n*g.Groups+group), j.output(n*g.Groups+group)
		for i := range parts(g.Result[0], j.lines) {
			of := split(g.Result[0], j.lines, i)
			p := gather(g, x, memory, rows, of)
			kernel.Gemm(j.flushed, false, true, g.outGroup(), rows.size(), p.columns, 1, dy[of.from*g.Result[1]:], g.area(), p.data, p.stride, beta, dw, g.depth())
			beta = 1
		}
	}
}

// gradient is the memory for the gradient of the weights of a share of the images. That of the first is the result.
func (j *job[T]) gradient(share int) []T {
	if share == 0 {
		return j.w
	}
	return part(j.partial, share-1, len(j.w))
}

// addPartial adds the gradients of the other shares to that of the first, in order.
func (j *job[T]) addPartial() {
	for share := 1; share < parts(j.g.Batch, j.images); share++ {
		kernel.Add(j.flushed, j.w, j.w, j.gradient(share))
	}
}
