package console

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"train", "check", "report", "compare", "structure", "-depth", "-epochs"}
	for typed, want := range map[string]string{
		"trian": "train", "tran": "train", "comp": "compare", "repotr": "report", "-dpeth": "-depth", "-epoch": "-epochs",
		"": "", "x": "", "-x": "", "quit": "", "-learning-rate": "",
	} {
		if got := Nearest(typed, names); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}} {
		if got := edits(c.a, c.b); got != c.want || edits(c.b, c.a) != c.want {
			t.Errorf("%q, %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
