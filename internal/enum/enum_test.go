package enum

import "testing"

func TestName(t *testing.T) {
	type fruit int
	for i, want := range map[fruit]string{0: "apple", 1: "pear", 2: "fruit(2)", -1: "fruit(-1)"} {
		if got := Name("fruit", i, "apple", "pear"); got != want {
			t.Errorf("constant %d: got %q, want %q", int(i), got, want)
		}
	}
}
