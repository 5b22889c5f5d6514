package machine

import (
	"fmt"
	"math"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// ErrNonFinite is the cause of the error that ends a run in which a value is NaN or infinite, if the machine watches.
var ErrNonFinite = errors.New("machine: a value is NaN or infinite")

// A watch tells at which values a run ends.
type watch struct{ nan, inf bool }

// WatchNonFinite makes the machine check every value, and end a run at the first that is NaN or infinite. The error names the
// node, its layer and the ranges of the node's inputs. Runs take longer, because values do not share memory then.
func (m *Machine) WatchNonFinite(on bool) { m.watch(watch{nan: on, inf: on}) }

// WatchNaN is as [Machine.WatchNonFinite] for NaN alone.
func (m *Machine) WatchNaN(on bool) { m.watch(watch{nan: on, inf: m.watched.inf}) }

// WatchInf is as [Machine.WatchNonFinite] for infinities alone.
func (m *Machine) WatchInf(on bool) { m.watch(watch{nan: m.watched.nan, inf: on}) }

func (m *Machine) watch(w watch) {
	if m.watched != w {
		m.watched = w
		m.forget()
	}
}

// check returns an error if the value of a step holds what is watched for.
func (w watch) check(s *step) error {
	if w == (watch{}) {
		return nil
	}
	if isFinite(s.value) {
		return nil
	}
	span := spanOf(s.value)
	if !(w.nan && span.nan > 0 || w.inf && span.bad > span.nan) {
		return nil
	}
	var inputs []string
	for i, input := range s.inputs {
		inputs = append(inputs, fmt.Sprintf("input %d: %v", i, spanOf(input.value)))
	}
	if len(inputs) == 0 {
		return errors.Wrapf(ErrNonFinite, "%v", span)
	}
	return errors.Wrapf(ErrNonFinite, "%v; computed from %s", span, strings.Join(inputs, ", "))
}

// isFinite reports whether a value surely has neither NaN nor infinities: then the sum of its numbers is finite. It is much faster than
// spanOf.
func isFinite(v gorgonia.Value) bool {
	d, isDense := v.(*tensor.Dense)
	if !isDense || d.RequiresIterator() {
		return false
	}
	sum := math.Inf(1)
	switch d.Dtype() {
	case tensor.Float32:
		sum = kernel.Sum(d.Float32s())
	case tensor.Float64:
		sum = kernel.Sum(d.Float64s())
	}
	return sum-sum == 0
}

// A span is the range of the numbers in a value.
type span struct {
	min, max float64 // of those that are finite
	bad      int     // number of NaN and infinities
	nan      int     // of these, NaN
	total    int
}

func (s span) String() string {
	text := fmt.Sprintf("%.4g to %.4g", s.min, s.max)
	switch {
	case s.bad == s.total && s.bad > 0:
		return fmt.Sprintf("all of %d elements NaN or infinite", s.total)
	case s.bad > 0:
		return fmt.Sprintf("%d of %d elements NaN or infinite, the others %s", s.bad, s.total, text)
	case s.total == 0:
		return "no floats"
	}
	return text
}

// spanOf is the span of a value; it is empty if the value holds no floats.
func spanOf(v gorgonia.Value) span {
	s := span{min: math.Inf(1), max: math.Inf(-1)}
	switch v := v.(type) {
	case *tensor.Dense:
		if v.RequiresIterator() { // a view, which covers only a part of its backing
			v = v.Materialize().(*tensor.Dense)
		}
		switch v.Dtype() {
		case tensor.Float32:
			addAll(&s, v.Float32s())
		case tensor.Float64:
			addAll(&s, v.Float64s())
		}
	case *gorgonia.F32:
		s.add(float64(*v))
	case *gorgonia.F64:
		s.add(float64(*v))
	}
	return s
}

func addAll[T float32 | float64](s *span, data []T) {
	for _, x := range data {
		s.add(float64(x))
	}
}

func (s *span) add(x float64) {
	s.total++
	if math.IsNaN(x) {
		s.nan++
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		s.bad++
		return
	}
	s.min, s.max = min(s.min, x), max(s.max, x)
}
