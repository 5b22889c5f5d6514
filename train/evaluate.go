package train

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// Evaluate scores the model on a dataset, in evaluation mode: without dropout, and with running statistics in place of the
// batch's own. It does not change the parameters.
func (t *Trainer) Evaluate(ctx context.Context, ds *data.Dataset) (Scores, error) {
	if err := t.prepare(ctx); err != nil {
		return Scores{}, err
	}
	if err := t.check(ds, "dataset"); err != nil {
		return Scores{}, err
	}
	first := ds.X.Shape().Clone()
	first[0] = min(first[0], t.evalBatchSize())
	p, err := t.program(first, t.Loss)
	if err != nil {
		return Scores{}, err
	}
	if err := fits(p, ds, "dataset"); err != nil {
		return Scores{}, err
	}
	return t.evaluate(ctx, ds)
}

// evaluate scores a dataset that is known to fit.
func (t *Trainer) evaluate(ctx context.Context, ds *data.Dataset) (Scores, error) {
	batches, err := data.Batches{Size: t.evalBatchSize()}.All(ds, 0)
	if err != nil {
		return Scores{}, err
	}
	scores := newTally(t.Loss)
	for i, batch := range batches {
		if err := ctx.Err(); err != nil {
			return Scores{}, errors.Wrapf(err, "train: evaluation stopped before batch %d", i)
		}
		p, err := t.program(batch.X.Shape(), t.Loss)
		if err != nil {
			return Scores{}, err
		}
		if err := p.Run(batch.X, batch.Y); err != nil {
			return Scores{}, errors.Wrap(err, "train: evaluation")
		}
		scores.add(p, batch.Y)
	}
	return scores.scores(), nil
}

// Predict gives the model's output, in evaluation mode, for each row of x (n, features...): shape (n, outputs...). The
// output is as the model draws it; one that ends in a linear map gives logits. Any n will do but 0.
func (t *Trainer) Predict(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	if err := t.checkInput(x); err != nil {
		return nil, err
	}
	var output *tensor.Dense
	n := x.Shape()[0]
	for from := 0; from < n; from += t.evalBatchSize() {
		if err := ctx.Err(); err != nil {
			return nil, errors.Wrapf(err, "train: prediction stopped at row %d of %d", from, n)
		}
		to := min(from+t.evalBatchSize(), n)
		batch, err := t.predict(rows(x, from, to))
		if err != nil {
			return nil, err
		}
		if output == nil {
			shape := batch.Shape().Clone()
			shape[0] = n
			output = tensor.New(tensor.Of(batch.Dtype()), tensor.WithShape(shape...))
		}
		if err := tensor.Copy(rows(output, from, to), batch); err != nil {
			return nil, errors.Wrap(err, "train: prediction")
		}
	}
	return output, nil
}

// predict is the output for one batch, valid until the next.
func (t *Trainer) predict(x *tensor.Dense) (*tensor.Dense, error) {
	p, err := t.program(x.Shape(), nil)
	if err != nil {
		return nil, err
	}
	if err := p.Run(x, nil); err != nil {
		return nil, errors.Wrap(err, "train: prediction")
	}
	return p.OutputValue(), nil
}

func (t *Trainer) checkInput(x *tensor.Dense) error {
	if x == nil || x.Dims() < 2 || x.Shape().TotalSize() == 0 {
		return errors.New("train: there is nothing to predict: give at least one sample, as a tensor of shape (samples, features)")
	}
	if x.RequiresIterator() || x.DataOrder().IsColMajor() {
		return errors.New("train: the input of Predict is a transposed or strided view: copy it row by row first")
	}
	return t.checkDtype(x, "input of Predict")
}

// rows are rows [from, to) of a row-major tensor, sharing its memory.
func rows(t *tensor.Dense, from, to int) *tensor.Dense {
	shape := t.Shape().Clone()
	width := shape.TotalSize() / shape[0]
	shape[0] = to - from
	if t.Dtype() == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.Float32s()[from*width:to*width]))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.Float64s()[from*width:to*width]))
}

func (t *Trainer) evalBatchSize() int { return orDefault(t.EvalBatchSize, 1000) }

// A programKey says what an evaluation program is for.
type programKey struct {
	input string // its shape
	loss  bool   // whether it computes the loss
}

// maxPrograms bounds the programs that are kept, so that ever new batch sizes do not fill the memory.
const maxPrograms = 8

// program is the evaluation program for inputs of a shape, with or without a loss, over the current Params.
func (t *Trainer) program(input tensor.Shape, loss graph.Loss) (*graph.Program, error) {
	key := programKey{fmt.Sprint(input), loss != nil}
	if p := t.programs[key]; p != nil && p.Params == t.Params {
		return p, nil
	}
	p, err := graph.Build(graph.Config{
		Model: t.Model, Params: t.Params, Input: input.Clone(), Loss: loss, Mode: graph.Eval, Seed: t.Seed,
	})
	if err != nil {
		return nil, errors.Wrapf(err, "train: the program for inputs of shape %v", input)
	}
	if len(t.programs) >= maxPrograms {
		clear(t.programs)
	}
	if t.programs == nil {
		t.programs = make(map[programKey]*graph.Program)
	}
	t.programs[key] = p
	return p, nil
}
