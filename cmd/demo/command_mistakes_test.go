package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

func TestMistakesInCommandsAreExplained(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"trian", console.ExitUsage, "demo train"},
		{"train -depth 0", console.ExitUsage, "from 1 to"},
		{"train -depth 30 -skip 2", console.ExitUsage, "want 29 or 31"},
		{"train more", console.ExitUsage, `begin with "-"`},
		{"train -out /dev/null/report -subset 320", console.ExitFailure, "-out"},
		{"report", console.ExitUsage, "missing profile file"},
		{"report -formats csv,foo x.json", console.ExitUsage, `got "foo"`},
		{"report nowhere.json", console.ExitFailure, "nowhere.json: no such file"},
		{"report " + broken, console.ExitFailure, "broken.json"},
		{"compare", console.ExitUsage, "missing profile file"},
		{"compare nowhere.json", console.ExitFailure, "nowhere.json: no such file"},
		{"compare -x", console.ExitUsage, "unknown flag -x"},
	} {
		status, _, log := app.Call(strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(log, c.want) {
			t.Errorf("demo %s: status %d, expected %d and a text with %q:\n%s", c.args, status, c.status, c.want, log)
		}
	}
}
