package recurrent

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
)

// The units of weights by their shapes: those of recurrent layers are (out, in).
func TestUnits(t *testing.T) {
	type units = map[string]structure.Units
	rows := func(out, in int) structure.Units { return structure.Units{Blocks: 1, Count: out, Run: in} }
	for name, c := range map[string]struct {
		model graph.Model
		want  units
	}{
		"rnn":      {RNN{Units: 4}, units{"rnn1/weight_ih_l0": rows(4, 3), "rnn1/weight_hh_l0": rows(4, 4)}},
		"lstm":     {LSTM{Units: 4}, units{"lstm1/weight_ih_l0": rows(16, 3), "lstm1/weight_hh_l0": rows(16, 4)}},
		"unrolled": {LSTM{Units: 4, Unrolled: true}, units{"lstm1/weight_ih_l0": rows(16, 3), "lstm1/weight_hh_l0": rows(16, 4)}},
		"gru": {GRU{Units: 4, Bidirectional: true}, units{
			"gru1/weight_ih_l0_reverse": rows(12, 3), "gru1/weight_hh_l0_reverse": rows(12, 4)}},
		"lru": {LRU{Units: 3, States: 4}, units{"lru1/B": rows(8, 3), "lru1/C": rows(3, 8)}},
	} {
		params := graph.NewParams(tensor.Float64, 1)
		if _, err := graph.Build(graph.Config{Model: c.model, Params: params, Input: tensor.Shape{2, 5, 3}, Mode: graph.Eval}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for param, want := range c.want {
			if p := params.Get(param); p == nil || p.Units != want {
				t.Errorf("%s: %s: got %+v, want units %+v", name, param, p, want)
			}
		}
		for _, p := range params.Clone().All() {
			if p.Units != params.Get(p.Name).Units {
				t.Errorf("%s: %s: got units %+v in a clone, want %+v", name, p.Name, p.Units, params.Get(p.Name).Units)
			}
		}
	}
}
