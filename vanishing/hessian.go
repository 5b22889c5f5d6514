package vanishing

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// A hessian multiplies vectors by the matrix of second derivatives of a program's loss on one batch. A vector has one element for each
// element of the trainable parameters, in their order. Dropout drops nothing here.
type hessian struct {
	machine *machine.Machine
	weights []*graph.Binding
	moved   []*tensor.Dense // the parameters at which the machine computes the gradient
	spans   []span          // of each parameter, in a vector
	size    int
	scale   []float64 // square roots of 1/s, by which vectors are multiplied before and after; nil means 1

	plus, minus []float64 // gradients; reused
	runs        int
}

// A span is a part of a vector.
type span struct{ from, to int }

func (s span) of(v []float64) []float64 { return v[s.from:s.to] }

// newHessian makes a machine of its own, so that the program, its parameters and its statistics do not change.
func newHessian(p *graph.Program, batch map[string]*tensor.Dense) (*hessian, error) {
	h := &hessian{}
	var gradients gorgonia.Nodes
	for _, b := range p.Weights {
		if b.Grad == nil {
			continue
		}
		h.weights, gradients = append(h.weights, b), append(gradients, b.Grad)
		h.moved = append(h.moved, b.Value.Clone().(*tensor.Dense))
		h.spans = append(h.spans, span{h.size, h.size + b.Size()})
		h.size += b.Size()
	}
	if h.size == 0 {
		return nil, errors.New("vanishing: no sharpness: got a program without trainable parameters, want at least one")
	}
	h.plus, h.minus = make([]float64, h.size), make([]float64, h.size)
	h.machine = machine.New(p.Graph, gradients...)
	if err := feedBatch(h.machine, p, batch); err != nil {
		return nil, err
	}
	for n, ones := range undropped(p.Graph) {
		value := gorgonia.Value(ones)
		h.machine.Feed(n, &value)
	}
	for i, b := range h.weights {
		value := gorgonia.Value(h.moved[i])
		h.machine.Feed(b.Node, &value)
	}
	return h, nil
}

// feedBatch feeds the inputs and targets that a program reads.
func feedBatch(m *machine.Machine, p *graph.Program, batch map[string]*tensor.Dense) error {
	for _, list := range [][]graph.NamedNode{p.Inputs, p.Targets} {
		for _, n := range list {
			v := batch[n.Name]
			if v == nil && p.Reads(n.Name) { // an adopted program reads the values bound to its nodes
				return errors.Errorf("vanishing: incomplete batch: got no value of %q, want one of each input and target", n.Name)
			}
			if v != nil {
				value := gorgonia.Value(v)
				m.Feed(n.Node, &value)
			}
		}
	}
	return nil
}

// undropped gives the masks of dropout that drop nothing. A machine beside the training takes them, as the random numbers of masks belong
// to the training.
func undropped(g *gorgonia.ExprGraph) map[*gorgonia.Node]*tensor.Dense {
	masks := make(map[*gorgonia.Node]*tensor.Dense)
	for _, n := range g.AllNodes() {
		if op.SpecOf(n).Kind == op.KindDropoutMask {
			masks[n] = tensor.Ones(n.Dtype(), n.Shape()...)
		}
	}
	return masks
}

// times is out = H·v for a vector that is zero outside a part of the parameters. Rows outside the part are 0, too. It is the
// difference of two gradients at distances of a part's size times step, to both sides:
//
//	H·v = (g(w + e·v) - g(w - e·v)) / 2e + O(e²)
func (h *hessian) times(out, v []float64, part []int) error {
	size, length := 0.0, 0.0
	for _, i := range part {
		size = math.Hypot(size, float64(valueL2(h.weights[i].Value)))
		for k, x := range h.spans[i].of(v) {
			length = math.Hypot(length, x*h.root(h.spans[i].from+k))
		}
	}
	if size == 0 {
		size = 1
	}
	e := h.step() * size / length
	if err := h.gradient(h.plus, v, e, part); err != nil {
		return err
	}
	if err := h.gradient(h.minus, v, -e, part); err != nil {
		return err
	}
	clear(out)
	for _, i := range part {
		for k := h.spans[i].from; k < h.spans[i].to; k++ {
			out[k] = (h.plus[k] - h.minus[k]) / (2 * e) * h.root(k)
		}
	}
	return nil
}

// step is the relative distance that balances rounding against the third derivatives: about the cube root of the type's precision.
func (h *hessian) step() float64 {
	if h.moved[0].Dtype() == tensor.Float32 {
		return 4e-3
	}
	return 6e-6
}

func (h *hessian) root(k int) float64 {
	if h.scale == nil {
		return 1
	}
	return h.scale[k]
}

// gradient computes the gradient at w + e·v.
func (h *hessian) gradient(out, v []float64, e float64, part []int) error {
	h.runs++
	for _, i := range part {
		h.move(i, v, e)
	}
	err := h.machine.RunAll()
	for _, i := range part { // back, for the next part
		h.move(i, v, 0)
	}
	if err != nil {
		return err
	}
	for _, i := range part {
		g, isDense := h.weights[i].Grad.Value().(*tensor.Dense)
		if !isDense {
			return errors.Errorf("vanishing: gradient of %s: got %T, want a tensor", h.weights[i].Name, h.weights[i].Grad.Value())
		}
		single, double := elements(g)
		dst := h.spans[i].of(out)
		copy(dst, double)
		for k, x := range single {
			dst[k] = float64(x)
		}
	}
	return nil
}

// move sets parameter i to w + e·v.
func (h *hessian) move(i int, v []float64, e float64) {
	from := h.spans[i].from
	single, double := elements(h.weights[i].Value)
	toSingle, toDouble := elements(h.moved[i])
	if e == 0 { // v need not be finite then
		copy(toSingle, single)
		copy(toDouble, double)
		return
	}
	for k, x := range single {
		toSingle[k] = float32(float64(x) + e*v[from+k]*h.root(from+k))
	}
	for k, x := range double {
		toDouble[k] = x + e*v[from+k]*h.root(from+k)
	}
}
