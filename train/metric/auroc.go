package metric

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// AUROC is the area under the receiver operating characteristic: the probability that a sample of the class has a higher score than
// one of another class, where equal scores count half. With two classes it is that of class 1. With more it is the mean over the
// classes, each against all others by its probability, of those that have samples both of them and of others.
//
// It keeps the scores of all samples, one for each class, in float64.
type AUROC struct {
	Probabilities bool // the outputs are probabilities instead of logits
}

// Name implements Metric.
func (AUROC) Name() string { return "AUROC" }

// New implements Metric.
func (a AUROC) New() Accumulator { return &auroc{probabilities: a.Probabilities} }

type auroc struct {
	probabilities bool
	scores        [][]float64 // by class and sample; of class 1 alone if there are two
	labels        []int
}

// Add implements Accumulator.
func (a *auroc) Add(output, target *tensor.Dense) error {
	s, err := read(output, target, a.probabilities)
	if err != nil {
		return err
	}
	columns := s.width
	if s.classes == 2 {
		columns = 1
	}
	if a.scores == nil {
		a.scores = make([][]float64, columns)
	}
	if len(a.scores) != columns {
		return errors.Errorf("metric: AUROC: got %d classes after batches of another number, want the same in all", s.classes)
	}
	for i := range s.n {
		for class := range columns {
			a.scores[class] = append(a.scores[class], score(s, i, class))
		}
	}
	a.labels = append(a.labels, s.labels...)
	return nil
}

// score orders the samples as the probability of a class does. With two classes the class is 1.
func score(s *samples, i, class int) float64 {
	row := s.row(i)
	switch {
	case s.width == 1:
		return row[0]
	case s.width == 2:
		return row[1] - row[0]
	case s.probabilities:
		return row[class]
	}
	return s.logProbability(i, class)
}

// Value implements Accumulator.
func (a *auroc) Value() float64 {
	if len(a.scores) == 1 {
		return area(a.scores[0], a.labels, 1)
	}
	sum, n := 0.0, 0
	for class, scores := range a.scores {
		if slices.Contains(a.labels, class) && slices.ContainsFunc(a.labels, func(l int) bool { return l != class }) {
			sum += area(scores, a.labels, class)
			n++
		}
	}
	return sum / float64(n)
}

// area is computed from ranks: (sum of the ranks of the positives - p(p+1)/2) / (p·q) for p positives and q negatives, where equal scores
// share the mean of their ranks. It is NaN if either is missing, or if a score is NaN.
func area(scores []float64, labels []int, class int) float64 {
	order := make([]int, len(scores))
	for i, v := range scores {
		if order[i] = i; v != v {
			return math.NaN()
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case scores[i] < scores[j]:
			return -1
		case scores[i] > scores[j]:
			return 1
		}
		return 0
	})
	ranks, positives := 0.0, 0.0
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && scores[order[to]] == scores[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			if labels[i] == class {
				ranks += float64(from+1+to) / 2
				positives++
			}
		}
		from = to
	}
	negatives := float64(len(order)) - positives
	return (ranks - positives*(positives+1)/2) / (positives * negatives)
}
