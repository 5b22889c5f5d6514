package vanishing

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestValuesOfAllKinds(t *testing.T) {
	matrix := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{3, 100, 4, 100}))
	column, err := matrix.Slice(nil, tensor.S(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]gorgonia.Value{
		"float32 tensor":     tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{3, 4})),
		"float64 tensor":     tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{3, 4})),
		"column of a matrix": column,
		"float32 scalar":     gorgonia.NewF32(5),
		"float64 scalar":     gorgonia.NewF64(-5),
	} {
		if got := valueL2(v); got != 5 {
			t.Errorf("%s: got %g, want 5", name, got)
		}
	}
}

func TestNormsDoNotAllocate(t *testing.T) {
	single := tensor.New(tensor.WithShape(10, 100), tensor.WithBacking(make([]float32, 1000)))
	double := tensor.New(tensor.WithShape(10, 100), tensor.WithBacking(make([]float64, 1000)))
	for _, v := range []gorgonia.Value{single, double} {
		allocs := testing.AllocsPerRun(10, func() {
			valueL2(v)
			valueRMS(v)
			valueMeanStd(v)
		})
		if allocs != 0 {
			t.Errorf("%v: %g allocations, want 0", v.Dtype(), allocs)
		}
	}
}
