package theory

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// recurrenceCases are the networks of testdata/tables/recurrent.py, in its order.
func recurrenceCases() []Recurrence {
	stack := func(layers int, phi Activation, w, u, bias float64) (list []RecurrentLayer) {
		for range layers { // the products of width and variance count alone
			list = append(list, RecurrentLayer{In: 8, Units: 8, StateVar: w / 8, InputVar: u / 8, BiasVar: bias, Activation: phi})
		}
		return list
	}
	return []Recurrence{
		{Layers: stack(1, graph.Tanh, 1.5, 0.5, 0.1), Inputs: []float64{1, 1, 1, 1, 1, 1}},
		{Layers: stack(2, graph.Tanh, 1.2, 0.8, 0), Inputs: []float64{1, 0, 0, 2, 0, 1}},
		{Layers: stack(2, graph.Tanh, 0.5, 1, 0.05), Inputs: []float64{1, 2, 1, 2, 1}, Direct: []float64{1, 1, 1, 1, 2}},
		{Layers: stack(2, graph.ReLU, 1, 1, 0), Inputs: []float64{1, 1, 1, 1, 1}, Direct: []float64{0, 0, 1, 0, 1}},
	}
}

func TestRecurrencesAsTabulated(t *testing.T) {
	text, err := os.ReadFile("testdata/recurrent.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var predictions [][][]StepPrediction
	for _, r := range recurrenceCases() {
		p, err := PredictRecurrence(r)
		if err != nil {
			t.Fatal(err)
		}
		predictions = append(predictions, p)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] == "#" || f[0] == "case" {
			continue
		}
		var at [3]int
		for i := range at {
			if at[i], err = strconv.Atoi(f[i]); err != nil {
				t.Fatal(err)
			}
		}
		p := predictions[at[0]][at[1]][at[2]]
		what := fmt.Sprintf("case %d, layer %d, step %d: ", at[0], at[1], at[2])
		asPrinted(t, what+"q", p.Q, f[3])
		asPrinted(t, what+"chi", p.Chi, f[4])
		asPrinted(t, what+"log", p.LogDelta, f[5])
		rows++
	}
	if want := 6 + 2*6 + 2*5 + 2*5; rows != want {
		t.Errorf("got %d rows, want %d", rows, want)
	}
}

// Gradients far below the smallest float64 have a logarithm.
func TestLongRecurrence(t *testing.T) {
	r := recurrenceCases()[0]
	r.Layers[0].StateVar, r.Inputs = 0.1/8, make([]float64, 1000)
	for i := range r.Inputs {
		r.Inputs[i] = 1
	}
	p, err := PredictRecurrence(r)
	if err != nil {
		t.Fatal(err)
	}
	last := p[0][999]
	if got, want := p[0][0].LogDelta, 999*math.Log(last.Chi); math.Abs(got-want) > 0.01*math.Abs(want) { // chi of the first steps differs
		t.Errorf("got %g, want about %g", got, want)
	}
}

func TestRecurrenceErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*Recurrence)
		want   string
	}{
		{func(r *Recurrence) { r.Layers = nil }, "0 layers"},
		{func(r *Recurrence) { r.Inputs = nil }, "0 steps"},
		{func(r *Recurrence) { r.Inputs[1] = math.NaN() }, "Inputs: got NaN at step 2"},
		{func(r *Recurrence) { r.Direct = []float64{1} }, "got 1 gradients"},
		{func(r *Recurrence) { r.Direct = make([]float64, 6) }, "the last one above 0"},
		{func(r *Recurrence) { r.Layers[0].StateVar = -1 }, "layer 1: StateVar: got -1"},
		{func(r *Recurrence) { r.Layers[0].Units = 0 }, "layer 1: got widths 8 and 0"},
		{func(r *Recurrence) { r.Layers[1].In = 3 }, "layer 2 reads 3 features"},
	} {
		r := recurrenceCases()[1]
		c.change(&r)
		if _, err := PredictRecurrence(r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
	r := recurrenceCases()[3]
	r.Layers[0].StateVar = 2.0 / 8
	if _, err := PredictRecurrence(r); errors.Cause(err) != ErrNoTheory {
		t.Errorf("ReLU at chi 1: got error %v, want the cause ErrNoTheory", err)
	}
}

// The spectral radius of a rotation is 1, of a triangular matrix the largest element of the diagonal, and of a nilpotent matrix 0.
func TestSpectralRadius(t *testing.T) {
	for _, c := range []struct {
		weight    []float64
		want      float64
		tolerance float64 // a Jordan block of two: (2048/1024)^(1/1024) is 1.0007
	}{
		{[]float64{0.6, -0.8, 0.8, 0.6}, 1, 1e-12},
		{[]float64{0.5, 100, 0, -0.9}, 0.9, 1e-12},
		{[]float64{0.7, 1, 0, 0.7}, 0.7, 7e-4},
		{[]float64{0, 1, 0, 0}, 0, 0},
		{[]float64{0, 2, 8, 0}, 4, 1e-12},
		{[]float64{-3}, 3, 1e-12},
	} {
		got, err := SpectralRadius(c.weight, int(math.Sqrt(float64(len(c.weight)))))
		if err != nil || math.Abs(got-c.want) > c.tolerance*c.want {
			t.Errorf("%v: got %v, %v, want %v", c.weight, got, err, c.want)
		}
	}
	if got, err := SpectralRadius([]float64{math.NaN(), 1, 1, 1}, 2); !math.IsNaN(got) || err != nil {
		t.Errorf("NaN: got %v, %v", got, err)
	}
	if _, err := SpectralRadius([]float64{1, 2}, 2); err == nil {
		t.Error("two numbers for two rows: got no error")
	}
}
