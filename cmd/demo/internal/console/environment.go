package console

import (
	"io"
	"os"
	"slices"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
)

// settings are the environment variables that choose the kernels, and their valid values. Other values have no effect.
var settings = []struct {
	name   string
	values []string
}{
	{"GRADFLOW_CPU", []string{"avx2", "portable"}},
	{"GRADFLOW_BLAS", []string{"auto", "go", "openblas"}},
}

// ReportSettings prints a line for each setting whose value is not valid.
func ReportSettings(w io.Writer) {
	for _, s := range settings {
		if got := os.Getenv(s.name); got != "" && !slices.Contains(s.values, got) {
			say.Fprintf(w, "demo: %s has no effect: got %q, want %s\n", s.name, got, Either(s.values))
		}
	}
}
