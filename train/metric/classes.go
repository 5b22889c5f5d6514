package metric

import (
	"fmt"

	"gorgonia.org/tensor"
)

// An Average says how the scores of the classes become one.
type Average int

// The averages. The classes that occur neither among the targets nor among the predictions do not count.
const (
	Macro    Average = iota // the mean over the classes
	Micro                   // over all samples; it equals the accuracy, as each sample has one class
	Weighted                // the mean over the classes, by their numbers of samples
	OneClass                // the score of one class
)

// BalancedAccuracy is the mean recall of the classes that occur among the targets.
type BalancedAccuracy struct {
	Probabilities bool // the output is a probability; matters for one output only
}

// Name implements Metric.
func (BalancedAccuracy) Name() string { return "balanced accuracy" }

// New implements Metric.
func (b BalancedAccuracy) New() Accumulator {
	return &byConfusion{Confusion{Probabilities: b.Probabilities}, (*Confusion).Balanced}
}

// Precision is the share of the samples predicted to be of a class that are of it.
type Precision struct {
	Average       Average
	Class         int  // of OneClass
	Probabilities bool // the output is a probability; matters for one output only
}

// Name implements Metric.
func (p Precision) Name() string { return p.Average.name("precision", p.Class) }

// New implements Metric.
func (p Precision) New() Accumulator {
	return averaged(p.Average, p.Class, p.Probabilities, (*Confusion).Precision)
}

// Recall is the share of the samples of a class that were predicted to be of it.
type Recall struct {
	Average       Average
	Class         int  // of OneClass
	Probabilities bool // the output is a probability; matters for one output only
}

// Name implements Metric.
func (r Recall) Name() string { return r.Average.name("recall", r.Class) }

// New implements Metric.
func (r Recall) New() Accumulator {
	return averaged(r.Average, r.Class, r.Probabilities, (*Confusion).Recall)
}

// F1 is the harmonic mean of precision and recall.
type F1 struct {
	Average       Average
	Class         int  // of OneClass
	Probabilities bool // the output is a probability; matters for one output only
}

// Name implements Metric.
func (f F1) Name() string { return f.Average.name("F1", f.Class) }

// New implements Metric.
func (f F1) New() Accumulator {
	return averaged(f.Average, f.Class, f.Probabilities, (*Confusion).F1)
}

func (a Average) name(score string, class int) string {
	switch a {
	case Micro:
		return "micro " + score
	case Weighted:
		return "weighted " + score
	case OneClass:
		return fmt.Sprintf("%s of class %d", score, class)
	}
	return "macro " + score
}

// byConfusion is a score that a confusion matrix has.
type byConfusion struct {
	matrix Confusion
	score  func(*Confusion) float64
}

func averaged(how Average, class int, probabilities bool, of func(*Confusion, int) float64) Accumulator {
	return &byConfusion{Confusion{Probabilities: probabilities}, func(c *Confusion) float64 {
		if how == Micro {
			return c.Accuracy()
		}
		return c.average(func(class int) float64 { return of(c, class) }, how, class)
	}}
}

// Add implements Accumulator.
func (b *byConfusion) Add(output, target *tensor.Dense) error { return b.matrix.Add(output, target) }

// Value implements Accumulator.
func (b *byConfusion) Value() float64 { return b.score(&b.matrix) }
