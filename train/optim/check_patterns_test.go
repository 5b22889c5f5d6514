package optim

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

func TestCheckPatterns(t *testing.T) {
	params := []*graph.Param{{Name: "dense1/weight"}, {Name: "dense1/bias"}}
	for want, o := range map[string]Optimizer{
		`Groups[1].Params of AdamW`:      &AdamW{Groups: []Group{{Params: "bias$"}, {Params: `\.bias$`}}},
		`Muon.Exclude: got "^head/"`:     &Muon{Exclude: "^head/"},
		`some of dense1/weight, dense1/`: &SGD{Groups: []Group{{Params: "block"}}},
		"missing closing )":              &SGD{Groups: []Group{{Params: "("}}},
	} {
		if err := CheckPatterns(o, params); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	for _, o := range []Optimizer{&Muon{}, &Muon{Exclude: "dense1", Groups: []Group{{Params: "bias$"}}}, struct{ Optimizer }{&SGD{}}} {
		if err := CheckPatterns(o, params); err != nil {
			t.Errorf("%v: got %v, want nil", o, err)
		}
	}
}
