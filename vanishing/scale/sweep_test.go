package scale

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// The parabola of a quadratic loss has its lowest point where the loss has.
func TestBestRateOfAParabola(t *testing.T) {
	s := Sweep{Rates: []float64{0.01, 0.02, 0.08, 0.1}}
	at := func(best, rate float64) float64 { return 3 + math.Pow(math.Log(rate/best), 2) }
	var losses [][]float64
	for _, rate := range s.Rates {
		losses = append(losses, []float64{at(0.03, rate), at(0.05, rate)})
	}
	s.add(losses)
	if math.Abs(s.Best[0][0]-0.03) > 1e-12 || math.Abs(s.Best[0][1]-0.05) > 1e-12 || s.Edge[0] {
		t.Errorf("got %v, edge %v", s.Best, s.Edge)
	}
	s.add([][]float64{{3}, {2}, {math.Inf(1)}, {math.Inf(1)}})
	s.add([][]float64{{1}, {2}, {3}, {4}})
	if s.Best[1][0] != 0.02 || s.Edge[1] || s.Best[2][0] != 0.01 || !s.Edge[2] {
		t.Errorf("got %v, edge %v, want the rate before the divergence, and the first one", s.Best, s.Edge)
	}
	if got, want := s.BestRate(0), math.Sqrt(0.03*0.05); math.Abs(got-want) > 1e-12 {
		t.Errorf("got the mean %g, want %g", got, want)
	}
}

// The best rate of Adam falls with the width of a standard network, and does not fall in the maximal update parametrisation. At its base all
// losses are the same, bit by bit.
func TestFindRates(t *testing.T) {
	x, y := rows()
	set := &data.Dataset{X: x, Y: y, Classes: []string{"a", "b", "c", "d"}}
	var rates []float64
	for k := range 7 {
		rates = append(rates, math.Exp2(float64(k-9)))
	}
	calls := 0
	find := func(f Family) *Sweep {
		s, err := FindRates(t.Context(), SweepConfig{
			Family: f, Widths: []int{16, 48, 144}, Depths: []int{3}, Rates: rates, Data: set, BatchSize: 16, Epochs: 16, Seeds: 1,
			Progress: func(int, float64, float64) { calls++ },
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	standard, mup := find(MLP(4)), find(MLP(4).MuP(16, 3, 0))
	if calls != 2*3*7 {
		t.Errorf("%d calls of Progress", calls)
	}
	if falls := standard.BestRate(0) / standard.BestRate(2); falls < 2 {
		t.Errorf("standard: the best rate falls by a factor of %g, want more than 2; %v", falls, standard.Best)
	}
	if falls := mup.BestRate(0) / mup.BestRate(2); falls > 1.3 {
		t.Errorf("muP: the best rate falls by a factor of %g, want about 1 or less; %v", falls, mup.Best)
	}
	if !reflect.DeepEqual(standard.Losses[0], mup.Losses[0]) {
		t.Errorf("at the base the losses differ: %v and %v", standard.Losses[0], mup.Losses[0])
	}
}

func TestFindRatesRefuses(t *testing.T) {
	x, y := rows()
	good := SweepConfig{Family: MLP(4), Widths: []int{4, 8}, Depths: []int{1}, Rates: []float64{1, 2, 3}, Data: &data.Dataset{X: x, Y: y}}
	for words, change := range map[string]func(*SweepConfig){
		"Family or Data":         func(c *SweepConfig) { c.Data = nil },
		"each larger":            func(c *SweepConfig) { c.Rates = []float64{1, 2, 2} },
		"at least 3":             func(c *SweepConfig) { c.Rates = []float64{1, 2} },
		"want several of one":    func(c *SweepConfig) { c.Widths = nil },
		"size 4, rate 1, seed 0": func(c *SweepConfig) { c.Family = func(int, int) graph.Model { return graph.Dense{} } },
	} {
		c := good
		change(&c)
		if _, err := FindRates(t.Context(), c); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got the error %v, want %q", err, words)
		}
	}
}
