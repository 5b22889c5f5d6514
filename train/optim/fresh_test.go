package optim

import (
	"strings"
	"testing"
)

// A fresh optimiser has the configuration, groups included, and none of the state.
func TestFresh(t *testing.T) {
	for _, o := range append(all(), &Muon{Exclude: "head", AdamW: AdamW{Epsilon: 1e-3}, Groups: []Group{{Params: "a", RateFactor: 2}}}) {
		first := stepped(t, o, 1, 1, 2)
		again, err := Fresh(o)
		if err != nil {
			t.Fatal(err)
		}
		if again.String() != o.String() || len(again.(Stateful).State()) != 0 {
			t.Errorf("got %v with the state %v, want a new %v", again, again.(Stateful).State(), o)
		}
		for i, w := range stepped(t, again, 1, 1, 2) {
			if w != first[i] {
				t.Errorf("%v: the copy went to %g, want %g", o, w, first[i])
			}
		}
	}
}

type unlike struct{ *SGD }

func TestFreshErrors(t *testing.T) {
	for _, o := range []Optimizer{unlike{&SGD{}}, (*SGD)(nil)} {
		if _, err := Fresh(o); err == nil || !strings.Contains(err.Error(), "want a pointer to a struct") {
			t.Errorf("%T: error is %v", o, err)
		}
	}
}
