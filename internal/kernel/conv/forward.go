package conv

import "github.com/gradflow/gradflow/internal/kernel"

// Forward is the convolution y of x with the weights w, plus a bias for each output channel unless bias is nil.
func Forward[T kernel.Float](flushed *kernel.Flushed, g Geometry, y, x, w, bias []T) {
	run(flushed, g, forward, x, w, bias, y)
}

// forward computes some lines of the outputs of a group in an image: Y = W·patches.
func (j *job[T]) forward(piece int, memory []T) {
	g := &j.g
	blocks := parts(g.Result[0], j.lines)
	stack, of := piece/blocks, split(g.Result[0], j.lines, piece%blocks)
	group := stack % g.Groups
	p := gather(g, j.input(stack), memory, span{0, g.depth()}, of)
	y, beta := j.output(stack)[of.from*g.Result[1]:], T(0)
	if j.bias != nil {
		fillRows(y, g.area(), p.columns, part(j.bias, group, g.outGroup()))
		beta = 1
	}
	kernel.Gemm(j.flushed, false, false, g.outGroup(), p.columns, g.depth(), 1, j.weights(group), g.depth(), p.data, p.stride, beta, y, g.area())
}

// input, output and weights are the channels and the weights of a group; the stacks are the groups of all images.
func (j *job[T]) input(stack int) []T {
	return part(j.x, stack, j.g.inGroup()*j.g.pixels())
}
func (j *job[T]) output(stack int) []T  { return part(j.y, stack, j.g.outGroup()*j.g.area()) }
func (j *job[T]) weights(group int) []T { return part(j.w, group, j.g.outGroup()*j.g.depth()) }

// part is part i of a slice that consists of parts of the given size.
func part[T kernel.Float](x []T, i, size int) []T { return x[i*size : (i+1)*size] }

// fillRows sets the first elements of each row of a matrix to one value.
func fillRows[T kernel.Float](m []T, stride, columns int, values []T) {
	for i, v := range values {
		row := m[i*stride:][:columns]
		for k := range row {
			row[k] = v
		}
	}
}
