package checkpoint

import (
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// Missing names the last checkpoint and the best one if they could not be written, until later ones take their places.
func TestMissing(t *testing.T) {
	at := func(step int, loss Number) Position {
		return Position{Step: step, Scores: map[string]Number{"loss": loss}}
	}
	full := errors.New("no space")
	for name, c := range map[string]struct {
		best   string
		higher bool
		first  Number // score of the checkpoint that is lost; 3 before it
		then   Number // score of one after it; 0: none
		want   []string
	}{
		"last":                  {"", false, 5, 0, []string{"step-0000000002.safetensors, the last one"}},
		"last and not the best": {"loss", false, 5, 0, []string{"the last one"}},
		"last and best":         {"loss", false, 1, 0, []string{"the last one", "step-0000000002.safetensors, the best one"}},
		"best":                  {"loss", false, 1, 2, []string{"the best one"}},
		"higher":                {"loss", true, 5, 4, []string{"the best one"}},
		"no longer the best":    {"loss", false, 2, 2, nil},
		"no longer the last":    {"", false, 2, 9, nil},
	} {
		f := &Folder{Best: c.best, Higher: c.higher, Warn: func(error) {}}
		begin(t, f)
		save(t, f, &Checkpoint{Position: at(1, 3)})
		if err := f.Lose(at(2, c.first), full); err != nil {
			t.Fatal(err)
		}
		if c.then != 0 {
			save(t, f, &Checkpoint{Position: at(3, c.then)})
		}
		err := f.Missing()
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got := strings.Count(text, "no space"); got != len(c.want) {
			t.Errorf("%s: got %d errors, want %d: %v", name, got, len(c.want), err)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want+", is missing") {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
		if err := f.End(); err != nil {
			t.Error(err)
		}
		if _, err := f.Begin(); err != nil || f.Missing() != nil {
			t.Errorf("%s: the next run: got %v and %v, want none missing yet", name, err, f.Missing())
		}
		if err := f.End(); err != nil {
			t.Error(err)
		}
	}
}
