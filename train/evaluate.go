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
	first := t.inputs(ds, min(ds.Len(), t.evalBatchSize()))
	if err := t.withProgram(first, true, func(p *graph.Program) error {
		if err := fits(p, ds, "dataset"); err != nil {
			return err
		}
		return t.checkMetrics(p)
	}); err != nil {
		return Scores{}, err
	}
	return t.evaluate(ctx, ds)
}

// evaluate scores a dataset that is known to fit.
func (t *Trainer) evaluate(ctx context.Context, ds *data.Dataset) (Scores, error) {
	scores, measures, err := t.evaluated(ctx, ds)
	if err != nil {
		return Scores{}, err
	}
	all := scores.scores()
	all.Metrics, err = measures.values(t)
	return all, err
}

// evaluated adds up the scores of a dataset.
func (t *Trainer) evaluated(ctx context.Context, ds *data.Dataset) (*tally, measures, error) {
	batches, err := data.Batches{Size: t.evalBatchSize()}.All(ds, 0)
	if err != nil {
		return nil, nil, err
	}
	scores, measures := new(tally), t.newMeasures()
	for i, batch := range batches {
		if err := ctx.Err(); err != nil {
			return nil, nil, errors.Wrapf(err, "train: evaluation stopped before batch %d", i)
		}
		if err := t.withProgram(t.inputs(ds, batch.Len()), true, func(p *graph.Program) error {
			if err := p.RunNamed(batch.Columns); err != nil {
				return errors.Wrap(err, "train: evaluation")
			}
			scores.add(p, batch.Len())
			return measures.add(t, p)
		}); err != nil {
			return nil, nil, err
		}
	}
	return scores, measures, nil
}

// Predict gives the model's output, in evaluation mode, for each row of x (n, features...): shape (n, outputs...), for any n
// but 0. The output is what the model's Apply returns: logits, if the model ends in a linear map. A model of several inputs or
// outputs has [Trainer.PredictNamed].
//
// Predict may be called from several goroutines at once: simultaneous calls use different programs over the same parameters. The
// first call for a number of rows builds a program, which later calls for that number use; they allocate the output and a few small things.
// It must not run at the same time as Fit, which moves the parameters, except in a callback of that Fit.
func (t *Trainer) Predict(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	if err := t.checkInput(x); err != nil {
		return nil, err
	}
	ds := &data.Dataset{X: x}
	outputs := make(outputs)
	n := ds.Len()
	for from := 0; from < n; from += t.evalBatchSize() {
		if err := ctx.Err(); err != nil {
			return nil, errors.Wrapf(err, "train: prediction stopped at row %d of %d", from, n)
		}
		to := min(from+t.evalBatchSize(), n)
		batch := map[string]*tensor.Dense{inputName: x}
		if to-from < n {
			batch[inputName] = rows(x, from, to)
		}
		if err := t.predict(t.inputs(ds, to-from), batch, func(p *graph.Program) error {
			return outputs.take(p.Outputs[:1], from, n)
		}); err != nil {
			return nil, err
		}
	}
	return outputs[outputName], nil
}

// PredictNamed gives all outputs of the model by name, for each sample of a dataset. It is for models that read several inputs,
// or that have outputs beside the one that their Apply returns, which is called "output". The columns of the dataset hold
// all that the model reads, and may hold more, such as targets. Otherwise PredictNamed is like [Trainer.Predict].
func (t *Trainer) PredictNamed(ctx context.Context, ds *data.Dataset) (map[string]*tensor.Dense, error) {
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	if ds != nil && t.wants(targetName) { // the program has no such input
		ds = &data.Dataset{X: ds.X, Columns: ds.Columns}
	}
	batches, err := data.Batches{Size: t.evalBatchSize()}.All(ds, 0)
	if err != nil {
		return nil, errors.Wrap(err, "train: the input of PredictNamed")
	}
	if err := t.checkDtypes(ds, "input of PredictNamed"); err != nil {
		return nil, err
	}
	outputs := make(outputs)
	for i, batch := range batches {
		if err := ctx.Err(); err != nil {
			return nil, errors.Wrapf(err, "train: prediction stopped before batch %d", i)
		}
		if err := t.predict(t.inputs(ds, batch.Len()), batch.Columns, func(p *graph.Program) error {
			return outputs.take(p.Outputs, i*t.evalBatchSize(), ds.Len())
		}); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}

// predict runs the program without losses on one batch, and hands it to take.
func (t *Trainer) predict(inputs []graph.Input, batch map[string]*tensor.Dense, take func(*graph.Program) error) error {
	return t.withProgram(inputs, false, func(p *graph.Program) error {
		if err := p.RunNamed(batch); err != nil {
			return errors.Wrap(err, "train: prediction")
		}
		return errors.Wrap(take(p), "train: prediction")
	})
}

// outputs holds the outputs of all samples, by name.
type outputs map[string]*tensor.Dense

// take copies the outputs of a batch into tensors of n rows, to the row from and those after it.
func (o outputs) take(batch []graph.NamedNode, from, n int) error {
	for _, output := range batch {
		v, ok := output.Node.Value().(*tensor.Dense)
		if !ok || v.Dims() == 0 {
			return errors.Errorf("output %q: got %T, want a tensor with a row for each sample", output.Name, output.Node.Value())
		}
		shape := v.Shape().Clone()
		to := from + shape[0]
		if shape[0] = n; o[output.Name] == nil {
			o[output.Name] = tensor.New(tensor.Of(v.Dtype()), tensor.WithShape(shape...))
		}
		all := o[output.Name]
		if to-from < n {
			all = rows(all, from, to)
		}
		if err := tensor.Copy(all, v); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trainer) checkInput(x *tensor.Dense) error {
	if x == nil || x.Dims() < 2 || x.Shape().TotalSize() == 0 {
		return errors.New("train: there is nothing to predict: give at least one sample, as a tensor of shape (samples, features)")
	}
	if x.RequiresIterator() || x.DataOrder().IsColMajor() {
		return errors.New("train: the input of Predict is a transposed or strided view: copy it row by row first")
	}
	return t.checkDtypes(&data.Dataset{X: x}, "input of Predict")
}

// rows are rows [from, to) of a row-major tensor, sharing its memory.
func rows(t *tensor.Dense, from, to int) *tensor.Dense {
	shape := t.Shape().Clone()
	width := shape.TotalSize() / shape[0]
	shape[0] = to - from
	view := func(part any) *tensor.Dense { return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(part)) }
	switch values := t.Data().(type) {
	case []float32:
		return view(values[from*width : to*width])
	case []int:
		return view(values[from*width : to*width])
	default:
		return view(t.Float64s()[from*width : to*width])
	}
}

func (t *Trainer) evalBatchSize() int { return orDefault(t.EvalBatchSize, 1000) }
