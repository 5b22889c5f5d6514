package page

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// recurrent is a run whose first two layers are one in each direction, over steps 1, 2 and 4 of four.
func recurrent() vanishing.Profile {
	p := madeup.Network{Name: "net", Layers: 4, Steps: 3, Factor: 0.9, Activation: "tanh"}.Profile()
	at := []int{1, 2, 4}
	theory := &profile.SequenceTheory{Delta: []profile.Number{-3, -2, 0}}
	p.Sequences = []profile.Sequence{{Layer: 0, Steps: 4, At: at, Theory: theory}, {Layer: 1, Steps: 4, At: at, Reverse: true}}
	for k := range p.Records {
		if d := p.Records[k].Details; d != nil {
			d.Sequences = []profile.SequenceDetail{{DeltaRMS: []profile.Number{1, 2, 4}}, {DeltaRMS: []profile.Number{8, 4, 2}}}
		}
	}
	return p
}

// Both directions are in the order of their lags, and so is the theory.
func TestDataHoldsSequencesByLag(t *testing.T) {
	p := recurrent()
	run := read(t, p)
	last := len(at(t, run, "sequences", "steps").([]any)) - 1
	if last < 0 {
		t.Fatal("got no training steps")
	}
	for i, want := range []struct{ lags, delta, expected string }{
		{"[0 2 3]", "[4 2 1]", "[1 0.01 0.001]"},
		{"[0 1 3]", "[8 4 2]", "[]"},
	} {
		one := at(t, run, "sequences", "list", i)
		if lags, delta, expected := fmt.Sprint(at(t, one, "lags")), fmt.Sprint(at(t, one, "delta", last)), fmt.Sprint(at(t, one, "expected")); lags != want.lags || delta != want.delta || expected != want.expected {
			t.Errorf("sequence %d: got lags %s, gradients %s, theory %s, want %+v", i, lags, delta, expected, want)
		}
	}
}

// A small page holds fewer lags of the last record, both ends among them.
func TestSequencesFitIntoFewCells(t *testing.T) {
	p := recurrent()
	d := vanishing.Diagnose(p)
	s := sequencesOf(d, detailRecords(p, 1000, -1), 4)
	if got := fmt.Sprint(s.List[0].Lags, len(s.Steps)); got != "[0 3] 1" {
		t.Errorf("got lags and records %s, want [0 3] 1", got)
	}
}

// A run that is not finite from its first record has no horizons.
func TestSequencesOfARunThatBreaksAtOnce(t *testing.T) {
	p := recurrent()
	p.Records = p.Records[:1]
	p.Records[0].Layers[0].DeltaRMS = profile.Number(math.NaN())
	p.Records[0].Details.Sequences[0].DeltaRMS[0] = profile.Number(math.NaN())
	one := at(t, read(t, p), "sequences", "list", 0)
	if got := fmt.Sprint(at(t, one, "delta", 0), at(t, one, "horizon_e")); got != "[4 2 NaN] 0" {
		t.Errorf("got gradients and horizon %s, want [4 2 NaN] 0", got)
	}
}
