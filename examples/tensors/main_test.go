package main

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	if err := run(&output); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "01-forward.md", "go run ./examples/tensors", output.String())

	// (1+3+10, 2-3) and (4+5+10, 6-5).
	for _, row := range []string{"⎡14  -1⎤", "⎣19   1⎦", "⎡14   0⎤"} {
		if !strings.Contains(output.String(), row) {
			t.Errorf("no %q in\n%s", row, output.String())
		}
	}
}
