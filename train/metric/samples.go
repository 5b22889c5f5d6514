package metric

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// samples are the outputs and classes of a batch.
type samples struct {
	n             int // number of samples
	width         int // outputs of each
	classes       int // 2 for one output
	probabilities bool
	outputs       []float64
	labels        []int
}

// read takes a batch of a classifier.
func read(output, target *tensor.Dense, probabilities bool) (*samples, error) {
	outputs, err := floats(output, "output")
	if err != nil {
		return nil, err
	}
	if target == nil || target.RequiresIterator() || target.DataOrder().IsColMajor() {
		return nil, errors.New("metric: the target is nil or a transposed or strided view: give a tensor in rows")
	}
	s := &samples{outputs: outputs, probabilities: probabilities}
	if labels, ok := target.Data().([]int); ok {
		s.labels = labels
	} else if s.labels, err = classesOf(output, target); err != nil {
		return nil, err
	}
	if s.n = len(s.labels); s.n == 0 || len(outputs)%s.n != 0 {
		return nil, errors.Errorf("metric: got outputs of shape %v and targets of shape %v, want a row of outputs for each target",
			output.Shape(), target.Shape())
	}
	s.width = len(outputs) / s.n
	s.classes = max(2, s.width)
	for i, class := range s.labels {
		if class < 0 || class >= s.classes {
			return nil, errors.Errorf("metric: the class of sample %d: got %d, want 0 to %d", i, class, s.classes-1)
		}
	}
	return s, nil
}

// classesOf are the classes that targets of floating point stand for: the largest of each row, or 0 and 1 for one output.
func classesOf(output, target *tensor.Dense) ([]int, error) {
	values, err := floats(target, "target")
	if err != nil {
		return nil, err
	}
	if got, want := target.Shape().TotalSize(), output.Shape().TotalSize(); got != want {
		return nil, errors.Errorf("metric: got outputs of shape %v and targets of shape %v, want integer classes or the same shape",
			output.Shape(), target.Shape())
	}
	width := 1
	if shape := output.Shape(); len(shape) > 1 {
		width = shape[len(shape)-1]
	}
	labels := make([]int, len(values)/width)
	for i := range labels {
		labels[i] = largest(values[i*width : (i+1)*width])
		if width == 1 {
			labels[i] = int(indicator(values[i] > 0.5))
		}
	}
	return labels, nil
}

// floats are the elements of a tensor of floating point in float64. They may share its memory.
func floats(t *tensor.Dense, what string) ([]float64, error) {
	if t == nil || t.RequiresIterator() || t.DataOrder().IsColMajor() {
		return nil, errors.Errorf("metric: the %s is nil or a transposed or strided view: give a tensor in rows", what)
	}
	switch data := t.Data().(type) {
	case []float64:
		return data, nil
	case []float32:
		values := make([]float64, len(data))
		for i, v := range data {
			values[i] = float64(v)
		}
		return values, nil
	}
	return nil, errors.Errorf("metric: the %s: got %v of shape %v, want float32 or float64 with at least one axis", what, t.Dtype(), t.Shape())
}

// row are the outputs of a sample.
func (s *samples) row(i int) []float64 { return s.outputs[i*s.width : (i+1)*s.width] }

// predicted is the class with the largest output; -1 if there is a NaN.
func (s *samples) predicted(i int) int {
	if s.width > 1 {
		return largest(s.row(i))
	}
	threshold := 0.0
	if s.probabilities {
		threshold = 0.5
	}
	if v := s.outputs[i]; v == v {
		return int(indicator(v > threshold))
	}
	return -1
}

// logProbability is the logarithm of the probability of a class.
func (s *samples) logProbability(i, class int) float64 {
	row := s.row(i)
	switch {
	case s.width == 1 && s.probabilities && class == 0:
		return math.Log1p(-row[0])
	case s.width == 1 && s.probabilities:
		return math.Log(row[0])
	case s.probabilities:
		return math.Log(row[class])
	case s.width == 1 && class == 0:
		return -softplus(row[0])
	case s.width == 1:
		return -softplus(-row[0])
	}
	top := math.Inf(-1)
	for _, v := range row {
		top = math.Max(top, v)
	}
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(v - top)
	}
	return row[class] - top - math.Log(sum)
}

// softplus is log(1 + exp(x)).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// largest is the position of the largest value, the first of equals; -1 if there is a NaN.
func largest(row []float64) int {
	best := 0
	for i, v := range row {
		if v != v {
			return -1
		}
		if v > row[best] {
			best = i
		}
	}
	return best
}
