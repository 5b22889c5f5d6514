package train

import (
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/metric"
)

// reduce replaces a few numbers by their sums over the ranks.
func (e *exchange) reduce(numbers []float64) error {
	if e.common != nil {
		return e.common.reduce(numbers)
	}
	return e.comm.AllReduce(dist.Of(numbers))
}

// agree makes what any rank wants all ranks': flags that are 1 on some rank become 1 on all.
func (e *exchange) agree(flags ...*bool) error {
	e.flags = e.flags[:0]
	for _, f := range flags {
		e.flags = append(e.flags, 0)
		if *f {
			e.flags[len(e.flags)-1] = 1
		}
	}
	if err := e.reduce(e.flags); err != nil {
		return err
	}
	for i, f := range flags {
		*f = e.flags[i] > 0
	}
	return nil
}

// plan gives all ranks the length of the run that rank 0 plans. A [TimeLimit] on each would plan by its own clock.
func (e *exchange) plan(r *Run) error {
	e.flags = append(e.flags[:0], 0, 0)
	if r.Rank == 0 {
		e.flags[0], e.flags[1] = float64(r.Epochs), float64(r.Steps)
	}
	if err := e.reduce(e.flags); err != nil {
		return err
	}
	r.Epochs, r.Steps = int(e.flags[0]), int(e.flags[1])
	return nil
}

// gatherMeasures adds the sums of metrics over the ranks.
func (e *exchange) gatherMeasures(list measures) error {
	var sums []float64
	for _, a := range list {
		sums = append(sums, a.(metric.Summing).Sums()...)
	}
	if len(sums) == 0 {
		return nil
	}
	if err := e.reduce(sums); err != nil {
		return err
	}
	for _, a := range list {
		n := len(a.(metric.Summing).Sums())
		a.(metric.Summing).SetSums(sums[:n])
		sums = sums[n:]
	}
	return nil
}

// gather adds the scores of an epoch over the ranks.
func (e *exchange) gather(t *tally) error {
	sums := []float64{t.samples}
	for _, l := range t.losses {
		sums = append(sums, l.loss, l.hits, l.weights, l.unlabelled)
	}
	if err := e.reduce(sums); err != nil {
		return err
	}
	t.samples = sums[0]
	for i := range t.losses {
		l := &t.losses[i]
		l.loss, l.hits, l.weights, l.unlabelled = sums[1+4*i], sums[2+4*i], sums[3+4*i], sums[4+4*i]
	}
	return nil
}
