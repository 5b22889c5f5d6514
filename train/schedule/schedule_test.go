package schedule

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/goldens"
)

const steps = 40

// schedules are those of internal/goldens/families/schedules.py, by the same names.
func schedules() map[string]Schedule {
	return map[string]Schedule{
		"step":          Step{Size: 7, Gamma: 0.5},
		"multi_step":    MultiStep{Milestones: []int{5, 6, 20}, Gamma: 0.3},
		"exponential":   Exponential{Gamma: 0.9},
		"linear":        Linear{},
		"linear/all":    Linear{From: 0.1, To: 0.8, Steps: 11},
		"cosine":        Cosine{},
		"cosine/min":    Cosine{Steps: steps, Min: 0.1},
		"restarts":      Restarts{First: 10},
		"restarts/all":  Restarts{First: 3, Factor: 2, Min: 0.05},
		"polynomial":    Polynomial{Power: 2},
		"one_cycle":     OneCycle{},
		"one_cycle/all": OneCycle{Steps: steps, Rise: 0.25, Div: 5, FinalDiv: 50, Straight: true, ThreePhase: true},
		"sequence":      Warmup(10, Cosine{}),
		"product":       Product{Linear{Steps: 4}, Exponential{Gamma: 0.9}},
		"plateau":       &Plateau{Patience: 2, Factor: 0.5},
		"plateau/all":   &Plateau{Higher: true, Patience: 1, Threshold: 0.5, Absolute: true, Cooldown: 3, Min: 0.005},
	}
}

// TestPyTorch compares all schedules with PyTorch's.
func TestPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/schedules.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name          string
		Rates, Losses []float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(schedules()) {
		t.Errorf("got %d cases, want %d", len(cases), len(schedules()))
	}
	for _, c := range cases {
		s := schedules()[c.Name]
		if s == nil {
			t.Errorf("%s: no schedule for it", c.Name)
			continue
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		got := make([]float64, len(c.Rates))
		for i := range got {
			if c.Losses != nil {
				s.(Observer).Observe(c.Losses[i])
			}
			got[i] = s.At(i, steps)
		}
		// PyTorch multiplies the last rate step by step, with a rounding each.
		if e := goldens.RelErr(got, c.Rates); e > 1e-14 {
			t.Errorf("%s: differs by %g: got %v, want %v", c.Name, e, got, c.Rates)
		}
	}
}

// No schedule gives a negative or infinite factor, whatever the step and the total.
func TestFactorsAreRates(t *testing.T) {
	all := schedules()
	all["defaults of step"], all["defaults of restarts"] = Step{}, Restarts{}
	all["per epoch"] = PerEpoch{Steps: 3, Schedule: Cosine{}}
	all["nested"] = Sequence{[]Schedule{OneCycle{}, Warmup(2, Polynomial{})}, []int{5}}
	for name, s := range all {
		for total := range 12 {
			for step := range 25 {
				if f := s.At(step, total); !(f >= 0 && f <= 1+1e-15) {
					t.Fatalf("%s: step %d of %d: got %g", name, step, total, f)
				}
			}
		}
	}
}

func TestPerEpoch(t *testing.T) {
	s := PerEpoch{Steps: 3, Schedule: Polynomial{}}
	for step, want := range []float64{1, 1, 1, 0.75, 0.75, 0.75, 0.5, 0.5, 0.5, 0.25} {
		if got := s.At(step, 10); got != want { // a fourth epoch of one step
			t.Errorf("step %d: got %g, want %g", step, got, want)
		}
	}
}

func TestFunc(t *testing.T) {
	if got := Func(func(step, total int) float64 { return float64(step) / float64(total) }).At(1, 4); got != 0.25 {
		t.Errorf("got %g", got)
	}
}

// A plateau within a composition observes, a NaN is no improvement, and a restored state goes on.
func TestPlateauInAComposition(t *testing.T) {
	plateau := &Plateau{Patience: 1, Factor: 0.5}
	s := Sequence{[]Schedule{PerEpoch{1, Product{plateau, Constant{}}}, Constant{}}, []int{100}}
	for _, loss := range []float64{math.NaN(), 1, math.NaN(), 1} {
		s.Observe(loss)
	}
	if got := s.At(5, 200); got != 0.5 {
		t.Errorf("got %g after two observations without improvement, want 0.5", got)
	}
	if again := (&Plateau{State: plateau.State}); again.At(0, 0) != 0.5 {
		t.Errorf("a restored state gives %g, want 0.5", again.At(0, 0))
	}
}

func TestBadSchedules(t *testing.T) {
	for want, s := range map[string]Schedule{
		"Constant.Factor: got -1":          Constant{-1},
		"Step.Gamma: got NaN":              Step{Gamma: math.NaN()},
		"MultiStep.Milestones: got [3 2]":  MultiStep{Milestones: []int{3, 2}},
		"Exponential.Gamma: got 2":         Exponential{2},
		"Linear.Steps: got -1":             Linear{Steps: -1},
		"Polynomial.Power: got -1":         Polynomial{Power: -1},
		"Cosine.Min: got 2":                Cosine{Min: 2},
		"Restarts.Factor: got -2":          Restarts{Factor: -2},
		"OneCycle.Rise: got 1.5":           OneCycle{Rise: 1.5},
		"OneCycle.Rise: got 0.7 with":      OneCycle{Rise: 0.7, ThreePhase: true},
		"Plateau.Factor: got 2":            &Plateau{Factor: 2},
		"got 0 schedules and 0 milestones": Sequence{},
		"Sequence.Milestones: got [0]":     Warmup(0, Cosine{}),
		"Product: schedule 0 is nil":       Product{nil},
		"PerEpoch.Steps: got 0":            PerEpoch{Schedule: Cosine{}},
		"Func is nil":                      Func(nil),
		"schedule: Linear.From: got -1":    Product{Constant{}, Linear{From: -1}},
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestParts(t *testing.T) {
	plateau, cosine := &Plateau{}, Cosine{}
	all := Parts(Warmup(3, PerEpoch{Steps: 2, Schedule: Product{plateau, cosine}}))
	if len(all) != 3 || all[1] != Schedule(plateau) || all[2] != Schedule(cosine) {
		t.Errorf("got %v, want the rise, the plateau and the cosine", all)
	}
	if all := Parts(cosine); len(all) != 1 || all[0] != Schedule(cosine) {
		t.Errorf("got %v, want the schedule itself", all)
	}
}
