package train

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// An accumulator adds up the gradients and losses of the batches of an update, each batch by its weight: its number of samples, the sum of
// their weights, or 1 for losses that sum.
type accumulator struct {
	sums   map[*graph.Param]*tensor.Dense
	weight float64 // of the batches so far
	n      int     // number of these batches
	loss   float64
	summed bool // the losses are sums over the samples
}

// early reports whether batch i of an epoch is one whose gradients wait for a later batch.
func (f *fit) early(i int) bool {
	return (i+1)%max(1, f.Accumulate) != 0 && i+1 < f.loader.Count(samples(f.train, f.stream))
}

// A BatchWatcher is a [Callback] that looks at the batches before the last one of a step too, see Trainer.Accumulate.
type BatchWatcher interface {
	Callback
	// BeforeBatch is called before Run.Program runs on such a batch, and AfterBatch when it holds the gradients of this batch alone.
	BeforeBatch(*Run) error
	AfterBatch(*Run) error
}

// accumulate computes the gradients of a batch without an update.
func (f *fit) accumulate(batch data.Batch, t *tally) error {
	f.whole = false
	p := f.programs[batch.Len()]
	f.run.Program = p
	if err := f.call("BeforeBatch", beforeBatch); err != nil {
		return err
	}
	n := f.counted(batch)
	if err := p.RunNamed(batch.Columns); err != nil {
		return errors.Wrapf(err, "train: step %d", f.run.Step)
	}
	if err := f.waiting.begin(p); err != nil {
		return err
	}
	f.run.BatchWeight = f.waiting.weightOf(p, n)
	if err := f.call("AfterBatch", afterBatch); err != nil {
		return err
	}
	t.add(p, n)
	f.waiting.add(p, f.run.BatchWeight)
	return nil
}

func beforeBatch(c Callback, r *Run) error {
	if w, ok := c.(BatchWatcher); ok {
		return w.BeforeBatch(r)
	}
	return nil
}

func afterBatch(c Callback, r *Run) error {
	if w, ok := c.(BatchWatcher); ok {
		return w.AfterBatch(r)
	}
	return nil
}

// add adds the gradients and the loss of a batch that a program has run, by its weight. Without weight they may be anything.
func (a *accumulator) add(p *graph.Program, weight float64) {
	if a.n++; weight == 0 {
		return
	}
	for _, w := range p.Weights {
		if g := gradientOf(w); g != nil {
			addScaled(a.sums[w.Param], g, weight)
		}
	}
	a.weight += weight
	a.loss += weight * p.LossValue()
}

// begin makes room for the gradients, and checks that the losses can be added up.
func (a *accumulator) begin(p *graph.Program) (err error) {
	if a.sums != nil {
		return nil
	}
	if a.summed, err = summed(p); err != nil {
		return errors.WithMessage(err, "train: Trainer.Accumulate")
	}
	a.sums = make(map[*graph.Param]*tensor.Dense)
	for _, w := range p.Weights {
		if g := gradientOf(w); g != nil {
			a.sums[w.Param] = tensor.New(tensor.Of(g.Dtype()), tensor.WithShape(g.Shape()...))
		}
	}
	return nil
}

// summed tells whether all losses of a program are sums over the samples. It returns an error unless the gradients of batches can be added
// up with one weight for each batch.
func summed(p *graph.Program) (bool, error) {
	sums := p.Parts[0].Loss.Reduction() == graph.Sum
	for _, part := range p.Parts {
		if (part.Loss.Reduction() == graph.Sum) != sums {
			return false, errors.New("got losses that are means and losses that are sums, want one kind")
		}
		if _, weighted := part.SumOfWeights(); weighted && len(p.Parts) > 1 {
			return false, errors.Errorf("got several losses, of which that of %q, the %v, is a mean over weights or over labels that are no "+
				"padding, want means over the samples alone, or sums (set Sum in all losses)", part.Name, part.Loss)
		}
	}
	return sums, nil
}

// weightOf is the weight of a batch: of several losses, the number of its samples.
func (a *accumulator) weightOf(p *graph.Program, samples int) float64 {
	switch {
	case samples == 0:
		return 0
	case a.summed:
		return 1
	case len(p.Parts) == 1:
		return weightOf(p.Parts[0], float64(samples))
	}
	return float64(samples)
}

// finish adds what has accumulated to the gradients of the last batch, which the program holds, and gives the loss of all batches and their
// weight. It leaves the accumulator empty.
func (a *accumulator) finish(p *graph.Program, weight float64) (loss, total float64) {
	if a.n == 0 {
		return p.LossValue(), weight
	}
	a.add(p, weight)
	total = a.weight
	if a.summed || total == 0 {
		total = 1
	}
	for _, w := range p.Weights {
		if g := gradientOf(w); g != nil {
			scaleInto(g, a.sums[w.Param], 1/total)
			a.sums[w.Param].Zero()
		}
	}
	loss, total = a.loss/total, a.weight
	a.weight, a.loss, a.n = 0, 0, 0
	return loss, total
}

// gradientOf is the gradient of a weight; nil if it has none.
func gradientOf(w *graph.Binding) *tensor.Dense {
	if w.Grad == nil {
		return nil
	}
	g, _ := w.Grad.Value().(*tensor.Dense)
	return g
}

// addScaled is sum = sum + factor·g.
func addScaled(sum, g *tensor.Dense, factor float64) {
	if g.Dtype() == tensor.Float32 {
		kernel.Move(sum.Float32s(), g.Float32s(), g.Float32s(), -factor, 0, kernel.MeasureNothing, nil)
		return
	}
	kernel.Move(sum.Float64s(), g.Float64s(), g.Float64s(), -factor, 0, kernel.MeasureNothing, nil)
}

// scaleInto is g = factor·sum.
func scaleInto(g, sum *tensor.Dense, factor float64) {
	if g.Dtype() == tensor.Float32 {
		kernel.Scale(nil, g.Float32s(), float32(factor), sum.Float32s())
		return
	}
	kernel.Scale(nil, g.Float64s(), factor, sum.Float64s())
}
