package planes

import "github.com/gradflow/gradflow/internal/kernel/conv"

// quads are windows of two by two that stand side by side, which most networks have. Which of the four elements is the largest
// changes at random, so the loops have no branch on it.
var quads = conv.Window{Size: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}

// maxOfQuads computes a plane of the maximum.
func (p *Pool[T]) maxOfQuads(i int) {
	x, y := plane(p.x, i, p.pixels()), plane(p.out, i, p.area())
	width, columns := p.Image[1], p.Result[1]
	for ; len(y) > 0; x, y = x[min(2*width, len(x)):], y[columns:] {
		upper, lower := x[:2*columns], x[width:][:2*columns]
		for j := range y[:columns] {
			y[j] = max(upper[2*j], upper[2*j+1], lower[2*j], lower[2*j+1])
		}
	}
}

// maxOfQuadsBackward computes a plane of its gradient.
func (p *Pool[T]) maxOfQuadsBackward(i int) {
	x, dx, dy := plane(p.x, i, p.pixels()), plane(p.out, i, p.pixels()), plane(p.y, i, p.area())
	clear(dx)
	width, columns := p.Image[1], p.Result[1]
	for row := range p.Result[0] {
		upper, lower := x[2*row*width:][:2*columns], x[(2*row+1)*width:][:2*columns]
		for j := range columns {
			a, b, c, d := upper[2*j], upper[2*j+1], lower[2*j], lower[2*j+1]
			at, below := 0, width
			if b > a {
				at = 1
			}
			if d > c {
				below = width + 1
			}
			top, bottom := max(a, b), max(c, d)
			if bottom > top {
				at = below
			}
			at += 2 * (row*width + j)
			if m := max(top, bottom); m != m {
				at = p.largest(x, row*columns+j)
			}
			dx[at] = dy[row*columns+j]
		}
	}
}
