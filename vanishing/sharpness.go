package vanishing

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Sharpness is the largest eigenvalue of the Hessian of a program's loss on a batch, for the whole network and layer by layer; see
// [profile.Sharpness]. The batch holds the values of inputs and targets by name, as [graph.Program.Fed] gives them.
//
// The optimiser, which may be nil, gives the limit at its rate, and the sizes by which it divides gradients. Limits are known for SGD, Adam,
// AdamW and RMSProp, without groups of parameters; AdamW's may differ in weight decay. But for SGD, these must have made a step.
//
// It is found from differences of two gradients, beginning at the batch's gradient. That takes some ten to sixty gradients for the
// network, and as many for each layer. A separate machine computes them: the program, its parameters and its statistics do not change.
func Sharpness(p *graph.Program, batch map[string]*tensor.Dense, o optim.Optimizer, rate float64) (profile.Sharpness, error) {
	if err := check(p); err != nil {
		return profile.Sharpness{}, err
	}
	return sharpness(p, p.Layers, batch, o, rate)
}

func sharpness(p *graph.Program, layers []*graph.LayerTrace, batch map[string]*tensor.Dense, o optim.Optimizer, rate float64) (s profile.Sharpness, err error) {
	h, err := newHessian(p, batch)
	if err != nil {
		return s, err
	}
	defer func() { // the other machine has replaced the values of the nodes
		if rebindErr := p.Machine().Rebind(); err == nil {
			err = rebindErr
		}
	}()
	if h.scale, s.Limit, err = limitOf(o, rate, h); err != nil {
		return s, err
	}
	all := make([]int, len(h.weights))
	for i := range all {
		all[i] = i
	}
	whole, err := h.sharpest(all)
	if err != nil {
		return s, err
	}
	s.Value, s.Residual = number(whole.value), number(whole.residual)
	for _, layer := range layers {
		part := h.layer(layer.Path)
		s.Shares = append(s.Shares, number(h.share(whole.vector, part)))
		own := eigen{value: math.NaN()}
		if len(part) > 0 {
			if own, err = h.sharpest(part); err != nil {
				return s, err
			}
		}
		s.Layers = append(s.Layers, number(own.value))
	}
	s.Gradients = h.runs
	return s, nil
}

// layer lists the parameters of a layer.
func (h *hessian) layer(path string) []int {
	var part []int
	for i, b := range h.weights {
		if b.Layer == path {
			part = append(part, i)
		}
	}
	return part
}

// share is the squared norm of a vector's part.
func (h *hessian) share(v []float64, part []int) float64 {
	sum := 0.0
	for _, i := range part {
		for _, x := range h.spans[i].of(v) {
			sum += x * x
		}
	}
	return sum
}
