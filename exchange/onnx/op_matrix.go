package onnx

import (
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// matrixOperators multiply matrices.
func matrixOperators() map[string]operator {
	return map[string]operator{
		"MatMul": {"", func(c *call) []*value { return one(c.matMul(c.needFloat(0), c.needFloat(1))) }},
		"Gemm":   {"alpha beta transA transB broadcast", drawGemm},
		"Einsum": {"equation", drawEinsum},
	}
}

// draw1 draws an op of one operand that keeps the shape.
func (d *drawing) draw1(f func(*gorgonia.Node) (*gorgonia.Node, error), x *value) *value {
	return d.wrap(x.typ, d.Check(f(d.lift(x))), x.shape)
}

// product is a·b of two matrices.
func (d *drawing) product(a, b *value) *value {
	return d.made(a.typ)(op.MatMul(d.lift(a), d.lift(b), false, false))
}

// matMul multiplies as NumPy does: vectors, matrices, and stacks of matrices that are broadcast.
func (d *drawing) matMul(a, b *value) *value {
	if a.dims() == 0 || b.dims() == 0 || a.typ != b.typ || a.size() == 0 || b.size() == 0 {
		d.Failf("got %v of shape %v and %v of shape %v to multiply", a.typ, a.shape, b.typ, b.shape)
	}
	left, right := a, b
	if a.dims() == 1 {
		left = d.reshape(a, []int{1, a.shape[0]})
	}
	if b.dims() == 1 {
		right = d.reshape(b, []int{b.shape[0], 1})
	}
	y := d.stackProduct(left, right)
	shape := slices.Clone(y.shape)
	if b.dims() == 1 {
		shape = shape[:len(shape)-1]
	}
	if a.dims() == 1 {
		at := y.dims() - 2
		shape = slices.Delete(shape, at, at+1)
	}
	return d.reshape(y, shape)
}

// stackProduct multiplies stacks of matrices. One matrix on the right multiplies all rows of the left at once.
func (d *drawing) stackProduct(a, b *value) *value {
	m, k, n := a.shape[a.dims()-2], a.shape[a.dims()-1], b.shape[b.dims()-1]
	if b.shape[b.dims()-2] != k {
		d.Failf("got shapes %v and %v to multiply, want %d rows in the second", a.shape, b.shape, k)
	}
	if b.dims() == 2 {
		y := d.product(d.reshape(a, []int{a.size() / k, k}), b)
		return d.reshape(y, append(slices.Clone(a.shape[:a.dims()-1]), n))
	}
	stack, ok := broadcastShape(a.shape[:a.dims()-2], b.shape[:b.dims()-2])
	if !ok {
		d.Failf("got shapes %v and %v to multiply, whose stacks cannot be broadcast", a.shape, b.shape)
	}
	d.check(slices.Concat(stack, []int{m, n}))
	count := sizeOf(stack)
	a = d.reshape(d.expand(a, slices.Concat(stack, []int{m, k})), []int{count, m, k})
	b = d.reshape(d.expand(b, slices.Concat(stack, []int{k, n})), []int{count, k, n})
	y := d.made(a.typ)(op.BatchedMatMul(d.lift(a), d.lift(b), false, false))
	return d.reshape(y, slices.Concat(stack, []int{m, n}))
}

// drawGemm is alpha·a·b + beta·c of matrices.
func drawGemm(c *call) []*value {
	a, b, bias := c.needFloat(0), c.needFloat(1), c.arg(2)
	if a.dims() != 2 || b.dims() != 2 {
		c.fail("got shapes %v and %v, want matrices", a.shape, b.shape)
	}
	transA, transB := c.integer("transA", 0) != 0, c.integer("transB", 0) != 0
	alpha, beta := c.real("alpha", 1), c.real("beta", 1)
	if bias != nil && !transA && !transB && alpha == 1 && beta == 1 && bias.dims() == 1 && bias.shape[0] == b.shape[1] && bias.typ == a.typ {
		return one(c.made(a.typ)(op.Linear(c.lift(a), c.lift(b), c.lift(bias))))
	}
	y := c.made(a.typ)(op.MatMul(c.lift(a), c.lift(b), transA, transB))
	if alpha != 1 {
		y = c.scale(y, alpha)
	}
	if bias == nil || beta == 0 {
		return one(y)
	}
	if beta != 1 {
		bias = c.scale(bias, beta)
	}
	sum := c.combine(plus, y, bias)
	if !slices.Equal(sum.shape, y.shape) {
		c.fail("got shape %v to add to %v", bias.shape, y.shape)
	}
	return one(sum)
}

// drawEinsum is a sum of products of one or two tensors by an equation such as "bij,bjk->bik".
func drawEinsum(c *call) []*value {
	equation := strings.ReplaceAll(c.text("equation", ""), " ", "")
	left, right, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(c.in) || len(terms) > 2 {
		c.fail("attribute \"equation\": got %q for %d inputs, want a term for each of one or two", equation, len(c.in))
	}
	dots := 0
	for i, term := range terms {
		if strings.Contains(term, "...") {
			dots = max(dots, c.needFloat(i).dims()-len(term)+3)
		}
	}
	if dots < 0 || dots > 8 {
		c.fail("attribute \"equation\": got %q, which does not fit the inputs", equation)
	}
	var parts []*term
	for i, text := range terms {
		parts = append(parts, c.newTerm(c.needFloat(i), text, dots))
	}
	if !explicit {
		right = implied(parts)
	}
	out := strings.Replace(right, "...", ellipsis[:dots], 1)
	return one(c.einsum(parts, out))
}

// ellipsis are the letters that stand for the axes of "...".
const ellipsis = "01234567"

// A term is an operand of an equation, with a letter for each axis.
type term struct {
	v       *value
	letters string
}

// newTerm takes the diagonal of axes with one letter.
func (c *call) newTerm(v *value, text string, dots int) *term {
	if strings.Contains(text, "...") {
		own := v.dims() - len(text) + 3
		text = strings.Replace(text, "...", ellipsis[dots-max(0, own):dots], 1)
	}
	if len(text) != v.dims() || strings.ContainsAny(text, ".,->") {
		c.fail("attribute \"equation\": got term %q for shape %v", text, v.shape)
	}
	letters, shape, steps := "", []int{}, []int{}
	for i, step := range strides(v.shape) {
		at := strings.IndexByte(letters, text[i])
		if at < 0 {
			letters, shape, steps = letters+text[i:i+1], append(shape, v.shape[i]), append(steps, step)
			continue
		}
		if shape[at] != v.shape[i] {
			c.fail("attribute \"equation\": got term %q for shape %v, want equal sizes for one letter", text, v.shape)
		}
		steps[at] += step
	}
	if len(letters) == len(text) {
		return &term{v, letters}
	}
	return &term{c.rearrange(v, shape, 0, func(at []int) int { return dot(at, steps) }), letters}
}

// implied are the letters that occur once, in the order of the alphabet.
func implied(parts []*term) (out string) {
	counts := make(map[rune]int)
	for _, t := range parts {
		for _, letter := range t.letters {
			counts[letter]++
		}
	}
	var list []rune
	for letter, n := range counts {
		if n == 1 || strings.ContainsRune(ellipsis, letter) {
			list = append(list, letter)
		}
	}
	slices.Sort(list)
	return string(list)
}

func (c *call) einsum(parts []*term, out string) *value {
	y := parts[0]
	if len(parts) == 2 {
		y = c.contract(c.sumOut(parts[0], parts[1].letters+out), c.sumOut(parts[1], parts[0].letters+out), out)
	}
	y = c.sumOut(y, out)
	order := make([]int, 0, len(out))
	for _, letter := range out {
		at := strings.IndexRune(y.letters, letter)
		if at < 0 {
			c.fail("attribute \"equation\": got %q in the result, which no term has once", letter)
		}
		order = append(order, at)
	}
	if len(order) != len(y.letters) {
		c.fail("attribute \"equation\": got the result %q", out)
	}
	return c.transpose(y.v, c.axes(order, y.v.dims()))
}

// sumOut sums over the axes whose letters are not kept.
func (c *call) sumOut(t *term, kept string) *term {
	var axes []int
	letters := ""
	for i, letter := range t.letters {
		if strings.ContainsRune(kept, letter) {
			letters += string(letter)
		} else {
			axes = append(axes, i)
		}
	}
	return &term{c.reduce(sumOf, t.v, axes, false), letters}
}

// contract multiplies two terms as stacks of matrices: the shared axes of the result are the stack, and the other shared axes are
// summed over.
func (c *call) contract(a, b *term, out string) *term {
	var stack, summed, rows, columns string
	for _, letter := range a.letters {
		switch shared := strings.ContainsRune(b.letters, letter); {
		case shared && strings.ContainsRune(out, letter):
			stack += string(letter)
		case shared:
			summed += string(letter)
		default:
			rows += string(letter)
		}
	}
	for _, letter := range b.letters {
		if !strings.ContainsRune(a.letters, letter) {
			columns += string(letter)
		}
	}
	sizes := make(map[rune]int)
	for _, t := range []*term{a, b} {
		for i, letter := range t.letters {
			if old, has := sizes[letter]; has && old != t.v.shape[i] {
				c.fail("attribute \"equation\": got %d and %d elements for letter %q", old, t.v.shape[i], letter)
			}
			sizes[letter] = t.v.shape[i]
		}
	}
	size := func(letters string) (shape []int) {
		for _, letter := range letters {
			shape = append(shape, sizes[letter])
		}
		return shape
	}
	count, k, m, n := sizeOf(size(stack)), sizeOf(size(summed)), sizeOf(size(rows)), sizeOf(size(columns))
	left := c.reshape(c.arranged(a, stack+rows+summed), []int{count, m, k})
	right := c.reshape(c.arranged(b, stack+summed+columns), []int{count, k, n})
	y := c.made(a.v.typ)(op.BatchedMatMul(c.lift(left), c.lift(right), false, false))
	return &term{c.reshape(y, size(stack+rows+columns)), stack + rows + columns}
}

// arranged puts the axes of a term into the order of letters.
func (c *call) arranged(t *term, letters string) *value {
	order := make([]int, len(letters))
	for i, letter := range letters {
		order[i] = strings.IndexRune(t.letters, letter)
	}
	return c.transpose(t.v, order)
}
