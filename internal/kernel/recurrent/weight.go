package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

// WeightGradient is dL/dweight (gates·hidden, hidden), of the states.
func WeightGradient[T kernel.Float](f *kernel.Flushed, s Shape, record, gradients, dw []T) {
	before, g, h, width := of(s.Record().Before, record), s.Gradients(), s.Hidden, s.Cell.Gates()*s.Hidden
	dz, rows := of(g.PreActivations, gradients), s.Batch*s.Steps
	joint := width
	if s.Cell == GRU {
		joint = 2 * h
		kernel.Gemm(f, true, false, h, h, rows, 1, of(g.HiddenPart, gradients), h, before, h, 0, dw[joint*h:], h)
	}
	kernel.Gemm(f, true, false, joint, h, rows, 1, dz, width, before, h, 0, dw, h)
}

// BiasGradient is dL/dbias (gates·hidden), of the bias that is added to the state's part.
func BiasGradient[T kernel.Float](f *kernel.Flushed, s Shape, gradients, db []T) {
	g := s.Gradients()
	kernel.SumRows(f, db, of(g.PreActivations, gradients))
	if s.Cell == GRU {
		kernel.SumRows(f, db[2*s.Hidden:], of(g.HiddenPart, gradients))
	}
}
