package main

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// The empty name of a file or folder, as of a variable that a script has not set, is a mistake, and does not stand for the default.
func TestEmptyNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range []string{
		"train -resume=", "train -config=", "train -data=", "train -out=", "train -model gpt -text=", "-data=", "check -json=", "eval -out=", "export -o=",
		"features -params=", "lesion -params=", "lesion -plain=", "memory -chinese=", "degradation -chinese=", "scale -with=", "scale -chinese=",
		"train -model=", "train -best=", "train -init=", "eval -best=",
	} {
		status, _, log := app.Call(strings.Fields(line)...)
		if status != console.ExitUsage || !strings.Contains(log, `invalid value ""`) {
			t.Errorf("%s: got status %d and %q, want %d and an invalid value", line, status, log, console.ExitUsage)
		}
	}
}
