package op

import (
	"strings"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/blocked"
)

// A slot is an input of an op: its index and 1, so that 0 is none.
type slot int

// of gives the numbers of the input, or nil.
func (s slot) of(c *call[float32]) []float32 {
	if s == 0 {
		return nil
	}
	return c.in[s-1]
}

// normalization gives the normalisation whose mean, 1/deviation, gain and shift are the inputs from this one on, or nil.
func (s slot) normalization(c *call[float32], n *paddedNorm, shape blocked.Shape) *blocked.Normalization[float32] {
	if s == 0 {
		return nil
	}
	v, in := &n.vectors, c.in[s-1:]
	n.norm = blocked.Normalization[float32]{Mean: v.pad(0, in[0], shape), RStd: v.pad(1, in[1], shape), Gain: v.pad(2, in[2], shape), Shift: v.pad(3, in[3], shape)}
	return &n.norm
}

// A paddedNorm is a normalisation with memory for its vectors.
type paddedNorm struct {
	vectors vectors
	norm    blocked.Normalization[float32]
}

// A passKind tells what a pass computes.
type passKind int

const (
	forwardPass passKind = iota
	inputGradientPass
	weightGradientPass
)

// A convPass is an op that computes a convolution of images in blocks or one of its gradients, together with what comes before it and
// after it in a graph.
type convPass struct {
	*blockedConv
	kind   passKind
	label  string
	parts  []string       // what it computes besides
	inputs []tensor.Shape // but for the sums
	result tensor.Shape

	source, weights, dy slot // the source is dy in the gradient of the input

	// While it loads the source it normalises it, if normalize is set, and applies ReLU.
	normalize slot
	relu      bool

	bias                 slot
	normalizeResult      slot
	add, mask, rectified slot // the mask is normalised if rectified is set
	sums                 part // partMoments or partSlopes
	slopesOf, mean       slot
	reluResult           bool
	last                 part // of the parts that it computes after the convolution
}

// op makes the op.
func (p convPass) op() *Op {
	label := strings.Join(append([]string{p.label}, p.parts...), ", ")
	inputs := p.inputs
	if p.sums != noPart {
		inputs = append(inputs[:len(inputs):len(inputs)], sumsShape(p.results()))
	}
	o := inBlocks(label, p.run, p.result, inputs...)
	o.work = func([]tensor.Shape) int { return p.work }
	o.fixed.pass = &p
	return o
}

// results is the shape of the images that the pass computes.
func (p convPass) results() blocked.Shape {
	if p.kind == inputGradientPass {
		return p.In()
	}
	return p.Out()
}

// A passState is memory that a pass keeps from run to run.
type passState struct {
	source, result, mask paddedNorm
	bias, mean           vectors
}

// run computes the pass.
func (p convPass) run(c *call[float32]) error {
	k := kept[passState](c)
	x := blocked.Input[float32]{X: p.source.of(c), Normalize: p.normalize.normalization(c, &k.source, p.In()), ReLU: p.relu}
	switch p.kind {
	case forwardPass:
		p.Forward(c.flushed, c.out, x, p.weights.of(c), p.epilogue(c, k))
	case inputGradientPass:
		p.InputGradient(c.flushed, c.out, x.X, p.weights.of(c), p.epilogue(c, k))
	case weightGradientPass:
		p.WeightGradient(c.flushed, c.out, x, p.dy.of(c))
	}
	return nil
}

// epilogue is what the pass does with its results.
func (p convPass) epilogue(c *call[float32], k *passState) blocked.Epilogue[float32] {
	s := p.results()
	e := blocked.Epilogue[float32]{
		Normalize: p.normalizeResult.normalization(c, &k.result, s),
		Add:       p.add.of(c),
		Mask:      p.mask.of(c), Rectified: p.rectified.normalization(c, &k.mask, s),
		X:    p.slopesOf.of(c),
		ReLU: p.reluResult,
	}
	if p.bias > 0 {
		e.Bias = k.bias.pad(0, p.bias.of(c), s)
	}
	if p.mean > 0 {
		e.Mean = k.mean.pad(0, p.mean.of(c), s)
	}
	switch p.sums {
	case partMoments:
		e.Moments = sumsIn(c.in[len(p.inputs)])
	case partSlopes:
		e.Slopes = sumsIn(c.in[len(p.inputs)])
	}
	return e
}
