package op

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/blocked"
)

// A Blocked is the form of an op for images (batch, channels, height, width) of float32 whose channels lie in blocks, as package blocked
// stores them: in a tensor (batch, blocks, height, width, 16).
type Blocked struct {
	Term Term
	// Plain is the op that converts the result to the layout at the interface; nil if it has that layout.
	Plain *Op
	// Images tells that the result is images in blocks.
	Images bool
	// Starts tells that the form is worth a conversion of the inputs. Other forms are for inputs that are in blocks already.
	Starts bool
}

// A Term is an expression of an op's inputs.
type Term struct {
	Op     *Op // nil: the value of an input
	Args   []Term
	Input  int  // index of that input
	Images bool // whether the input is to be in blocks
}

// Blocked gives the form for inputs of these shapes, or nil if there is none.
func (o *Op) Blocked(in []tensor.Shape) *Blocked {
	if o.blocked == nil {
		return nil
	}
	return o.blocked(o, in)
}

// A blocking gives the form of an op for images in blocks, or nil.
type blocking func(o *Op, in []tensor.Shape) *Blocked

// over is the term of an op over terms.
func (o *Op) over(args ...Term) Term { return Term{Op: o, Args: args} }

// plain is the value of input i, and images the same in blocks.
func plain(i int) Term  { return Term{Input: i} }
func images(i int) Term { return Term{Input: i, Images: true} }

// imageShape is the shape of images (batch, channels, height, width).
func imageShape(s tensor.Shape) blocked.Shape {
	return blocked.Shape{N: s[0], C: s[1], H: s[2], W: s[3]}
}

// blocksOf is the shape of a tensor that holds images in blocks.
func blocksOf(s blocked.Shape) tensor.Shape {
	return tensor.Shape{s.N, s.Blocks(), s.H, s.W, blocked.Block}
}

// fixed makes an op of float32 for inputs of the given shapes.
func fixed(name string, kernel func(*call[float32]) error, out tensor.Shape, in ...tensor.Shape) *Op {
	o := &Op{name: name, fixed: &fixedOp{label: name, inputs: in}, kernel: kernels{f32: kernel}, shape: func(got []tensor.Shape) (tensor.Shape, error) {
		for i, s := range got {
			if !slices.Equal(s, in[i]) {
				return nil, errors.Errorf("input %d: got shape %v, want %v", i, s, in[i])
			}
		}
		return out, nil
	}}
	for _, s := range append(slices.Clip(in), out) {
		o.types = append(o.types, tensorOf(len(s)))
	}
	return o
}

// inBlocks makes an op of images in blocks, which takes the place of an op of the given name.
func inBlocks(name string, kernel func(*call[float32]) error, out tensor.Shape, in ...tensor.Shape) *Op {
	o := fixed(name+" in blocks", kernel, out, in...)
	o.fixed.label = name
	return o
}

// PackImages converts images of a shape (batch, channels, height, width) to blocks.
func PackImages(shape tensor.Shape) *Op {
	s := imageShape(shape)
	return fixed("pack_images", func(c *call[float32]) error {
		blocked.Pack(c.out, c.in[0], s)
		return nil
	}, blocksOf(s), shape.Clone())
}

// unpackImages converts them back.
func unpackImages(s blocked.Shape) *Op {
	return fixed("unpack_images", func(c *call[float32]) error {
		blocked.Unpack(c.out, c.in[0], s)
		return nil
	}, tensor.Shape{s.N, s.C, s.H, s.W}, blocksOf(s))
}

// giveImages is the form of an op whose result, images of the given shape, is a term.
func giveImages(s blocked.Shape, t Term) *Blocked {
	return &Blocked{Term: t, Plain: unpackImages(s), Images: true}
}

// cellwise makes the form of an op that computes each element from elements at the same place, and zero from zeros: its kernel works in
// both layouts.
func cellwise(what part) blocking {
	return func(o *Op, in []tensor.Shape) *Blocked {
		var args []Term
		var shapes []tensor.Shape
		for i, s := range in {
			if len(s) != 4 || !s.Eq(in[0]) {
				return nil
			}
			args, shapes = append(args, images(i)), append(shapes, blocksOf(imageShape(s)))
		}
		form := inBlocks(o.name, o.kernel.f32, shapes[0], shapes...)
		form.inPlace, form.fixed.part = o.inPlace, what
		return giveImages(imageShape(in[0]), form.over(args...))
	}
}

// A vectors pads vectors with an element for each channel to whole blocks.
type vectors struct{ memory [5][]float32 }

// pad gives vector i of a call for images of a shape.
func (v *vectors) pad(i int, x []float32, s blocked.Shape) []float32 {
	n := s.Blocks() * blocked.Block
	if len(x) == n {
		return x
	}
	if v.memory[i] == nil {
		v.memory[i] = make([]float32, n)
	}
	copy(v.memory[i], x)
	return v.memory[i]
}
