package setup

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// The library knows all names that the help lists.
func TestChoicesAreKnown(t *testing.T) {
	for flag, names := range map[string][]string{"activation": activations, "norm": norms, "optimizer": optimizers} {
		for _, name := range names {
			parsed(t, "-"+flag, name)
		}
	}
	if _, err := parse("-activation", "swoosh"); err == nil || !strings.Contains(err.Error(), console.Either(activations)) {
		t.Errorf("got the error %v, want %s", err, console.Either(activations))
	}
}
