package vanishing

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// limitOf tells how an optimiser turns a gradient into a step: the square roots of what it multiplies each element by, nil for 1, and the
// eigenvalue beyond which its steps diverge on a quadratic loss; 0 if that is unknown (Cohen et al. 2021, app. B; 2022, sec. 2).
//
// With momentum b, the limit is 2·(1+b)/rate, or 2·(1+b)/(rate·(1+2b)) for Nesterov's. Adam's first moment is a momentum of Beta1 whose
// rate is (1-Beta1)·rate. Decay counts where it is a part of the gradient that is not divided. Groups with another decay are no matter
// to AdamW, whose decay is no part of the gradient.
func limitOf(o optim.Optimizer, rate float64, h *hessian) ([]float64, profile.Number, error) {
	described, ok := o.(optim.Described)
	if !ok || !(rate > 0) {
		return nil, 0, nil
	}
	s := described.Settings()
	kind := profile.OptimizerKind(s.Kind)
	if s.RateGroups > 0 || s.Groups > 0 && kind != profile.AdamW || s.Centered {
		return nil, 0, nil
	}
	switch kind {
	case profile.SGD:
		limit := 2 * (1 + s.Momentum) / rate
		if s.Nesterov {
			limit /= 1 + 2*s.Momentum
		}
		return nil, number(limit - s.WeightDecay), nil
	case profile.Adam, profile.AdamW:
		scale, err := h.roots(o, "exp_avg_sq", s.Beta2, s.Epsilon)
		return scale, number(2 * (1 + s.Beta1) / ((1 - s.Beta1) * rate)), err
	case profile.RMSProp:
		scale, err := h.roots(o, "square_avg", 0, s.Epsilon)
		return scale, number(2 * (1 + s.Momentum) / rate), err
	}
	return nil, 0, nil
}

// errNoSteps means that an optimiser has made no step, so that it has no sizes of gradients yet.
var errNoSteps = errors.New("vanishing: no sharpness: the optimiser has made no step yet, so that it has no sizes by which to divide gradients")

// roots are the square roots of 1/(√v' + epsilon), v' = v/(1 - beta^t), where the optimiser keeps v under a name.
func (h *hessian) roots(o optim.Optimizer, name string, beta, epsilon float64) ([]float64, error) {
	stateful, ok := o.(optim.Stateful)
	if !ok {
		return nil, errNoSteps
	}
	state := stateful.State()
	scale := make([]float64, h.size)
	for i, b := range h.weights {
		v, steps := state[b.Name+"/"+name], state[b.Name+"/step"]
		if v == nil || steps == nil {
			return nil, errNoSteps
		}
		t := steps.Data().([]int64)[0]
		dst := h.spans[i].of(scale)
		single, double := elements(v)
		for k := range dst {
			x := 0.0
			if single != nil {
				x = float64(single[k])
			} else {
				x = double[k]
			}
			dst[k] = math.Sqrt(1 / (math.Sqrt(x/(1-math.Pow(beta, float64(t)))) + epsilon))
		}
	}
	return scale, nil
}
