package op

import "gorgonia.org/tensor"

// A part is what an op for images in blocks can be within another one. Those that a convolution can compute after itself are in the
// order in which it does.
type part int

const (
	noPart        part = iota
	partNormalize      // of images and four vectors
	partAdd
	partMask // the gradient of ReLU, of y and dy
	partMoments
	partSlopes // of dy, x and the mean
	partReLU
	partFirstSum // of sums, of which it reads the first
	partWeights
)

// A fixedOp is what an op has that computes values of fixed shapes.
type fixedOp struct {
	label  string // the name, without what all such ops have in common
	part   part
	inputs []tensor.Shape
	// An op that can compute others besides is made from a pass or a blockedNorm.
	pass *convPass
	norm *blockedNorm
}

// others lists the shapes of the inputs but for input i.
func (f *fixedOp) others(i int) []tensor.Shape {
	all := append([]tensor.Shape{}, f.inputs[:i]...)
	return append(all, f.inputs[i+1:]...)
}

// takes reports whether the part gives images that are a function of input i.
func (p part) takes(i int) bool {
	switch p {
	case partAdd:
		return true
	case partMask:
		return i == 1
	case partNormalize, partReLU:
		return i == 0
	}
	return false
}

// fuseImages is [Op.Fuse] of ops for images in blocks.
func (o *Op) fuseImages(inner *Op, i int) *Op {
	switch {
	case inner.fixed.norm != nil && o.fixed.pass != nil:
		return o.fixed.pass.load(inner.fixed.norm, i)
	case !o.fixed.part.takes(i):
		return nil
	case inner.fixed.norm != nil:
		return inner.fixed.norm.then(o, i)
	case inner.fixed.pass != nil:
		return inner.fixed.pass.then(o, i)
	}
	return nil
}

// Spreads reports whether the op is worth joining with each of its readers, so that its result is never stored.
func (o *Op) Spreads() bool { return o.fixed != nil && o.fixed.norm != nil && o.fixed.norm.add == 0 }

// GivesSums reports whether the op gives two sums of its first input for each channel, of which the first is that of the elements.
func (o *Op) GivesSums() bool {
	return o.fixed != nil && (o.fixed.part == partMoments || o.fixed.part == partSlopes)
}

// PacksWeights reports whether the op converts weights to the order in which convolutions of images in blocks read them.
func (o *Op) PacksWeights() bool { return o.fixed != nil && o.fixed.part == partWeights }

// ReadsFirstSum reports whether the op reads such sums, and of these the first only.
func (o *Op) ReadsFirstSum() bool { return o.fixed != nil && o.fixed.part == partFirstSum }

// Sums gives an op that computes inner, and at the same time o, which are sums that inner passes on its way, into the memory of a last
// input. The inputs before are those of inner, and of o but the first, which is the result of inner. It is nil if there is no such op.
func (o *Op) Sums(inner *Op) *Op {
	if o.aside != nil {
		return o.aside(inner)
	}
	if !o.GivesSums() || inner.fixed == nil || inner.fixed.pass == nil {
		return nil
	}
	return inner.fixed.pass.then(o, 0)
}

// then describes a pass that also computes o with the result as input i; nil if there is none.
func (p *convPass) then(o *Op, i int) *Op {
	what := o.fixed.part
	if p.kind == weightGradientPass || what <= p.last {
		return nil
	}
	n, next := *p, slot(len(p.inputs)+1)
	switch what {
	case partNormalize:
		n.normalizeResult = next
	case partAdd:
		n.add = next
	case partMask:
		n.mask = next
	case partMoments:
		n.sums = what
	case partSlopes:
		n.sums, n.slopesOf, n.mean = what, next, next+1
	case partReLU:
		n.reluResult = true
	}
	n.inputs = append(p.inputs[:len(p.inputs):len(p.inputs)], o.fixed.others(i)...)
	n.parts = append(p.parts[:len(p.parts):len(p.parts)], o.fixed.label)
	n.last = what
	return n.op()
}

// load gives a pass that normalises input i while it loads it, or nil if it cannot.
func (p *convPass) load(inner *blockedNorm, i int) *Op {
	if inner.add != 0 {
		return nil
	}
	n, at := *p, slot(i+1)
	count := slot(len(inner.inputs))
	n.inputs = append(inner.inputs[:len(inner.inputs):len(inner.inputs)], (&fixedOp{inputs: p.inputs}).others(i)...)
	for _, s := range []*slot{&n.source, &n.weights, &n.dy, &n.normalize, &n.bias, &n.normalizeResult, &n.add, &n.mask, &n.rectified, &n.slopesOf, &n.mean} {
		switch {
		case *s == at:
			*s = 1
		case *s > at:
			*s += count - 1
		case *s > 0:
			*s += count
		}
	}
	switch {
	case at == p.source && p.normalize == 0 && p.kind != inputGradientPass && !p.first:
		n.normalize, n.relu = 2, inner.relu
	case at == p.mask && p.rectified == 0 && inner.relu:
		n.rectified = 2
	default:
		return nil
	}
	n.parts = append([]string{"of " + inner.label}, p.parts...)
	return n.op()
}
