package remedy

import (
	"math/rand/v2"
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/train/optim"
)

// params are the initial parameters of a trial: new ones or a copy of Config.Params, with redrawn weights if the remedy has an
// initialiser.
func (c Config) params(remedy candidate) (*graph.Params, error) {
	params := graph.NewParams(c.batch().FloatDtype(), c.Seed)
	if (c.Params == nil || !remedy.kept) && remedy.init == nil {
		return params, nil // the trainer draws them
	}
	if err := c.draw(remedy.model, params); err != nil {
		return nil, err
	}
	if c.Params != nil && remedy.kept {
		if err := copyValues(params, c.Params); err != nil {
			return nil, err
		}
	}
	if remedy.init != nil {
		return params, redraw(params, remedy.init, c.Seed)
	}
	return params, nil
}

// draw builds a model to draw its parameters.
func (c Config) draw(model graph.Model, params *graph.Params) error {
	p, err := graph.Build(graph.Config{Model: model, Params: params, Inputs: c.inputs(), Mode: graph.Eval})
	if err != nil {
		return err
	}
	return p.Close()
}

func copyValues(to, from *graph.Params) error {
	for _, p := range to.All() {
		source := from.Get(p.Name)
		if source == nil {
			return errors.Errorf("Params: got no parameter %s, want those of the model", p.Name)
		}
		if err := tensor.Copy(p.Value, source.Value); err != nil {
			return errors.Wrapf(err, "copy of %s", p.Name)
		}
	}
	return nil
}

// redraw redraws all weights, except those that begin at a constant, such as the last one of a residual branch may.
func redraw(params *graph.Params, init initializer.Initializer, seed uint64) error {
	for i, p := range params.All() {
		if _, constant := p.Init.(initializer.Constant); constant || p.Role != graph.Weight {
			continue
		}
		values := make([]float64, p.Size())
		if err := init.Fill(values, p.Value.Shape(), p.Fan, rand.New(rand.NewPCG(seed, uint64(i)))); err != nil {
			return errors.Wrapf(err, "weight %s", p.Name)
		}
		drawn, err := tensors.FromSlice(p.Value.Dtype(), values, p.Value.Shape()...)
		if err != nil {
			return errors.Wrapf(err, "weight %s", p.Name)
		}
		if err := tensor.Copy(p.Value, drawn); err != nil {
			return errors.Wrapf(err, "weight %s", p.Name)
		}
	}
	return nil
}

// fresh is optim.Fresh with the learning rate multiplied by a factor.
func fresh(o optim.Optimizer, factor float64) (optim.Optimizer, error) {
	to, err := optim.Fresh(o)
	if err != nil || factor == 1 {
		return to, err
	}
	rate := reflect.ValueOf(to).Elem().FieldByName("LearningRate")
	if !rate.IsValid() || rate.Kind() != reflect.Float64 {
		return nil, errors.Errorf("optimiser: got a %T, want one with a field LearningRate", o)
	}
	rate.SetFloat(o.Rate() * factor)
	return to, nil
}
