package machine

import (
	"slices"
	"testing"
)

func TestPassesAreInOrder(t *testing.T) {
	if err := checkOrder(passes); err != nil {
		t.Error(err)
	}
	for _, p := range passes {
		if p.name == "" || p.about == "" || p.run == nil {
			t.Errorf("pass %q lacks a name, a description or a function", p.name)
		}
	}
}

// A table in which any pass has moved before one that it must come after, that lacks such a pass or holds one twice is not
// in order.
func TestWrongOrderOfPassesFails(t *testing.T) {
	at := func(name string) int { return slices.IndexFunc(passes, func(p pass) bool { return p.name == name }) }
	for i, p := range passes {
		for _, earlier := range p.after {
			moved := slices.Delete(slices.Clone(passes), i, i+1)
			moved = slices.Insert(moved, at(earlier), p)
			if checkOrder(moved) == nil {
				t.Errorf("%q may stand before %q", p.name, earlier)
			}
			if checkOrder(slices.Delete(slices.Clone(passes), at(earlier), at(earlier)+1)) == nil {
				t.Errorf("%q may be left out, though %q must come after it", earlier, p.name)
			}
		}
		if checkOrder(append(slices.Clone(passes), p)) == nil {
			t.Errorf("%q may run twice", p.name)
		}
	}
	for i := range len(passes) - 1 {
		swapped := slices.Clone(passes)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		if checkOrder(swapped) == nil {
			t.Errorf("%q and %q may change places", passes[i].name, passes[i+1].name)
		}
	}
}
