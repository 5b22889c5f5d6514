package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// tapFlow measures on which ways the gradient of a fused recurrence arrives at its steps: in all records with details if its cell has a
// carry, and else for the prediction of theory alone.
func (w *probe) tapFlow(i int) {
	s := w.sequences[i]
	flow, known := op.FlowOf(s.delta)
	if !known {
		return
	}
	all := make([]int, s.Steps)
	for t := range all {
		all[t] = t
	}
	at := make([]int, len(s.At))
	for k, step := range s.At {
		at[k] = step - 1
	}
	w.details.TapInputs(flow.Back, func(v gorgonia.Value, inputs []gorgonia.Value) {
		if w.record == nil || !flow.HasCarry() && w.overTime == nil {
			return
		}
		defer w.clock.stop(w.clock.start())
		if flow.HasCarry() {
			if split, err := flow.Split(v, inputs, at); err == nil {
				noteFlow(&w.record.Details.Sequences[i], split)
			}
			return
		}
		if split, err := flow.Split(v, inputs, all); err == nil {
			w.overTime.outside[i] = meanSquares(split.Outside, split.Count)
		}
	})
}

// noteFlow keeps the parts of the gradient that come from the step after.
func noteFlow(d *profile.SequenceDetail, split op.FlowSplit) {
	d.CarryRMS, d.GatesRMS = make([]number, len(split.Count)), make([]number, len(split.Count))
	for k, n := range split.Count {
		d.CarryRMS[k], d.GatesRMS[k] = number(math.Sqrt(split.Carry[k]))/rootOf(n), number(math.Sqrt(split.Gates[k]))/rootOf(n)
	}
	if n := len(split.Carries); n > 0 {
		d.Carry = number(split.Carries[n/2])
	}
}

// meanSquares divides sums of squares by their counts.
func meanSquares(sums []float64, counts []int) []float64 {
	list := make([]float64, len(sums))
	for k, n := range counts {
		list[k] = sums[k] / float64(max(n, 1))
	}
	return list
}
