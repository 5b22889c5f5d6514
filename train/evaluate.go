package train

import (
	"context"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// Evaluate scores the model on a dataset, in evaluation mode: without dropout, and with running statistics in place of the
// batch's own. It does not change the parameters. Like [Trainer.Predict] it may be called from several goroutines at once.
func (t *Trainer) Evaluate(ctx context.Context, ds *data.Dataset) (Scores, error) {
	if err := t.prepare(ctx); err != nil {
		return Scores{}, err
	}
	if err := t.check(ds, "dataset"); err != nil {
		return Scores{}, err
	}
	first := ds.X.Shape().Clone()
	first[0] = min(first[0], t.evalBatchSize())
	if err := t.withProgram(first, t.Loss, func(p *graph.Program) error { return fits(p, ds, "dataset") }); err != nil {
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
		if err := t.withProgram(batch.X.Shape(), t.Loss, func(p *graph.Program) error {
			if err := p.Run(batch.X, batch.Y); err != nil {
				return errors.Wrap(err, "train: evaluation")
			}
			scores.add(p, batch.Y)
			return nil
		}); err != nil {
			return Scores{}, err
		}
	}
	return scores.scores(), nil
}

// Predict gives the model's output, in evaluation mode, for each row of x (n, features...): shape (n, outputs...). The
// output is as the model draws it; one that ends in a linear map gives logits. Any n will do but 0.
//
// Predict may be called from several goroutines at once. Each call that computes at the same time as others has a program of
// its own, over the same parameters. It must not run at the same time as Fit, which moves the parameters, except in a callback
// of that Fit.
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
		if err := t.predict(rows(x, from, to), func(batch *tensor.Dense) error {
			if output == nil {
				shape := batch.Shape().Clone()
				shape[0] = n
				output = tensor.New(tensor.Of(batch.Dtype()), tensor.WithShape(shape...))
			}
			return tensor.Copy(rows(output, from, to), batch)
		}); err != nil {
			return nil, err
		}
	}
	return output, nil
}

// predict hands the output for one batch to take, after which it is overwritten.
func (t *Trainer) predict(x *tensor.Dense, take func(*tensor.Dense) error) error {
	return t.withProgram(x.Shape(), nil, func(p *graph.Program) error {
		if err := p.Run(x, nil); err != nil {
			return errors.Wrap(err, "train: prediction")
		}
		return errors.Wrap(take(p.OutputValue()), "train: prediction")
	})
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
