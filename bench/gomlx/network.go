package main

import (
	. "github.com/gomlx/gomlx/pkg/core/graph" //lint:ignore ST1001 formulas read better, as in GoMLX's own code
)

// A drawing builds a network. It takes the parameters one by one, in the order of the export.
type drawing struct {
	config
	params []*Node
}

// logits builds the network up to the logits.
func (d *drawing) logits(x *Node) *Node {
	if d.Blocks == 0 {
		for range d.Widths {
			x = d.activate(d.dense(x))
		}
		return d.dense(x)
	}
	x = d.activate(d.dense(x))
	for range d.Blocks {
		branch := d.dense(d.activate(d.dense(x)))
		x = d.activate(Add(x, MulScalar(branch, d.Scale)))
	}
	return d.dense(x)
}

func (d *drawing) dense(x *Node) *Node {
	w, b := d.params[0], d.params[1]
	d.params = d.params[2:]
	return Add(Dot(x, w), ExpandLeftToRank(b, 2))
}

func (d *drawing) activate(x *Node) *Node {
	if d.Act == "tanh" {
		return Tanh(x)
	}
	return MaxScalar(x, 0.)
}

// crossEntropy is the mean of -log softmax at the labels.
func crossEntropy(logits, labels *Node) *Node {
	hits := OneHot(labels, logits.Shape().Dimensions[1], logits.DType())
	return MulScalar(ReduceAllSum(Mul(hits, LogSoftmax(logits, -1))), -1/float64(logits.Shape().Dimensions[0]))
}

// descend builds plain gradient descent and returns the new parameters.
func descend(rate float64, params, grads []*Node) []*Node {
	next := make([]*Node, len(params))
	for i, p := range params {
		next[i] = Sub(p, MulScalar(grads[i], rate))
	}
	return next
}

// adam builds Adam (Kingma & Ba 2015) for step t, counted from 1, and returns the new parameters and both moments.
func adam(rate float64, t *Node, params, grads, first, second []*Node) (next, m, v []*Node) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	unbias := func(beta float64) *Node { return OneMinus(Pow(Scalar(t.Graph(), t.DType(), beta), t)) }
	scale1, scale2 := unbias(beta1), unbias(beta2)
	for i, p := range params {
		m = append(m, Add(MulScalar(first[i], beta1), MulScalar(grads[i], 1-beta1)))
		v = append(v, Add(MulScalar(second[i], beta2), MulScalar(Square(grads[i]), 1-beta2)))
		update := Div(Div(m[i], scale1), AddScalar(Sqrt(Div(v[i], scale2)), epsilon))
		next = append(next, Sub(p, MulScalar(update, rate)))
	}
	return next, m, v
}
