package optim

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A step from w = (3, -0, 2^60, 4) by g = (-4, 0, 1, 0): the first element moves, the third is mostly too large to.
func TestSumsOfEachLevel(t *testing.T) {
	for i := range all() {
		fresh := func() Measurer { return all()[i].(Measurer) }
		if o := fresh(); o.Sums() != nil {
			t.Errorf("%v has sums that nobody asked for", o)
		}
		for level, want := range map[Measurement]Sums{
			MeasureGradient: {Grad: 17},
			MeasureAll:      {Grad: 17, Param: 9 + 0x1p120 + 16, GradAbs: 5, GradMax: 4},
			MeasureAll + 1:  {Grad: 17, Param: 9 + 0x1p120 + 16, GradAbs: 5, GradMax: 4},
		} {
			w := vector(3, math.Copysign(0, -1), 0x1p60, 4)
			before := slices.Clone(w.Float64s())
			params := []*graph.Param{{Name: "mean", Role: graph.RunningStat, Value: vector(1.0)}, {Name: "w", Value: w}}
			o := fresh()
			o.Measure(level)
			if err := o.Step(params, []*tensor.Dense{nil, vector(-4.0, 0, 1, 0)}, 0.5); err != nil {
				t.Fatal(err)
			}
			if level != MeasureGradient {
				want.Update, want.Same = changeOf(before, w.Float64s())
			}
			if got := o.Sums(); len(got) != 2 || got[0] != (Sums{}) || got[1] != want || w.Float64s()[0] == 3 {
				t.Errorf("%v, level %d: sums are %+v, want nothing and %+v", o, level, got, want)
			}
			if o.Measure(MeasureNothing); len(o.Sums()) != 2 {
				t.Errorf("%v forgets the sums of the last step", o)
			}
			if err := o.Step(params, []*tensor.Dense{nil, vector(-4.0, 0, 1, 0)}, 0.5); err != nil || o.Sums() != nil {
				t.Errorf("%v has sums of a step that measured nothing", o)
			}
		}
	}
}

// changeOf gives the squares of the changes, and the number of elements of which no bit changed.
func changeOf(before, after []float64) (squares float64, same int) {
	for i, old := range before {
		squares += (after[i] - old) * (after[i] - old)
		if math.Float64bits(old) == math.Float64bits(after[i]) {
			same++
		}
	}
	return squares, same
}
