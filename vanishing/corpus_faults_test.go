package vanishing_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train"
)

// layered is a stack of dense layers of one activation, in which the layer number at is replaced by odd.
func layered(depth, units int, a graph.Activation, at int, odd graph.Dense) graph.Sequential {
	var layers graph.Sequential
	for i := range depth {
		dense := graph.Dense{Units: units, Init: a.DefaultInit()}
		if i+1 == at {
			if odd.Units = units; odd.Init == nil {
				odd.Init = a.DefaultInit()
			}
			dense = odd
		}
		layers = append(layers, dense, a)
	}
	return append(layers, graph.Dense{Units: classes})
}

// scale multiplies all weights.
func scale(factor float64) func(*graph.Params) {
	return func(params *graph.Params) {
		for _, p := range params.All() {
			if p.Role == graph.Weight {
				for i := range p.Value.Float32s() {
					p.Value.Float32s()[i] *= float32(factor)
				}
			}
		}
	}
}

// bias sets all biases of a layer.
func bias(layer string, to float64) func(*graph.Params) {
	return func(params *graph.Params) {
		values := params.Get(layer + "/bias").Value.Float32s()
		copy(values, slices.Repeat([]float32{float32(to)}, len(values)))
	}
}

// weight sets one weight of a layer.
func weight(layer string, to float64) func(*graph.Params) {
	return func(params *graph.Params) { params.Get(layer + "/weight").Value.Float32s()[0] = float32(to) }
}

// A killer is an initialiser of biases that kills a share of the units.
type killer struct{ share float64 }

func (k killer) String() string { return fmt.Sprintf("killer(%g)", k.share) }

func (k killer) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, _ *rand.Rand) error {
	for i := range dst {
		dst[i] = 0
		if float64(i) < k.share*float64(len(dst)) {
			dst[i] = -1000
		}
	}
	return nil
}

// negative is He's initialiser, except that all weights of a share of the units are negative: after a ReLU such a unit never
// responds.
type negative struct{ share float64 }

func (n negative) String() string { return fmt.Sprintf("negative(%g)", n.share) }

func (n negative) Fill(dst []float64, shape tensor.Shape, fan initializer.Fan, rng *rand.Rand) error {
	if err := (initializer.HeNormal{}).Fill(dst, shape, fan, rng); err != nil {
		return err
	}
	units := shape[len(shape)-1]
	for i := range dst {
		if float64(i%units) < n.share*float64(units) {
			dst[i] = -math.Abs(dst[i])
		}
	}
	return nil
}

// spoil is a callback that changes the parameters before the first step.
type spoil struct {
	train.Base
	with func(*graph.Params)
}

func (s spoil) BeforeStep(r *train.Run) error {
	if s.with != nil && r.Step == 0 {
		s.with(r.Params)
	}
	return nil
}

// freeze is a callback that slows or stops the training of a layer.
type freeze struct {
	train.Base
	layer string
	to    float64 // factor of the layer's gradients
}

func (f freeze) BeforeUpdate(r *train.Run) error {
	for _, w := range r.Program.Weights {
		if w.Layer == f.layer && w.Grad != nil {
			g := w.Grad.Value().(*tensor.Dense).Float32s()
			for i := range g {
				g[i] *= float32(f.to)
			}
		}
	}
	return nil
}

// leap is a callback that sets the learning rate of the first step.
type leap struct {
	train.Base
	rate float64
}

func (l leap) BeforeUpdate(r *train.Run) error {
	r.LearningRate = r.Optimizer.Rate()
	if r.Step == 0 {
		r.LearningRate = l.rate
	}
	return nil
}

// poison is a callback that replaces one element of a layer's gradient in one step.
type poison struct {
	train.Base
	layer string
	step  int
	with  float64
}

func (p poison) BeforeUpdate(r *train.Run) error {
	for _, w := range r.Program.Weights {
		if w.Layer == p.layer && w.Role == graph.Weight && r.Step == p.step {
			w.Grad.Value().(*tensor.Dense).Float32s()[0] = float32(p.with)
		}
	}
	return nil
}
