package train

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/metric"
)

// measures are the accumulators of one evaluation, by the order of Trainer.Metrics.
type measures []metric.Accumulator

func (t *Trainer) newMeasures() measures {
	var list measures
	for _, m := range t.Metrics {
		list = append(list, m.New())
	}
	return list
}

// checkMetrics returns an error for a metric that cannot score the outputs of a program.
func (t *Trainer) checkMetrics(p *graph.Program) error {
	for i, m := range t.Metrics {
		if c, ok := m.(metric.OutputChecker); ok {
			if err := c.CheckOutput(p.Parts[0].Output.Shape()); err != nil {
				return errors.Wrapf(err, "train: Trainer.Metrics[%d] (%s)", i, m.Name())
			}
		}
	}
	return nil
}

// add adds the batch that a program has just run.
func (list measures) add(t *Trainer, p *graph.Program) error {
	for i, a := range list {
		if err := guard(func() error { return a.Add(p.Parts[0].OutputValue(), p.Parts[0].TargetValue()) }); err != nil {
			return errors.Wrapf(err, "train: metric %s", t.Metrics[i].Name())
		}
	}
	return nil
}

// summing reports whether parts of a dataset can be scored apart.
func (list measures) summing() bool {
	for _, a := range list {
		if _, ok := a.(metric.Summing); !ok {
			return false
		}
	}
	return true
}

// values are the scores by name; nil if there are none.
func (list measures) values(t *Trainer) (values map[string]float64, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	values = make(map[string]float64, len(list))
	for i, a := range list {
		name := t.Metrics[i].Name()
		if err := guard(func() error {
			values[name] = a.Value()
			return nil
		}); err != nil {
			return nil, errors.Wrapf(err, "train: metric %s", name)
		}
	}
	return values, nil
}
