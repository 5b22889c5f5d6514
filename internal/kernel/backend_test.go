package kernel

import (
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/kernel/openblas"
)

func TestChoiceOfBackend(t *testing.T) {
	found := func() (*openblas.Library, error) {
		return &openblas.Library{Name: "libopenblas.so.0", Config: "OpenBLAS 1.2.3"}, nil
	}
	missing := func() (*openblas.Library, error) { return nil, errors.New("no OpenBLAS found") }
	for _, c := range []struct {
		setting, limit string
		open           func() (*openblas.Library, error)
		external       bool
		why            []string
	}{
		{"go", "", found, false, []string{"GRADFLOW_BLAS=go"}},
		{"go", "GRADFLOW_CPU=avx2", found, false, []string{"GRADFLOW_BLAS=go", "GRADFLOW_CPU=avx2"}},
		{"openblas", "", found, true, []string{"GRADFLOW_BLAS=openblas"}},
		{"openblas", "", missing, false, []string{"GRADFLOW_BLAS=openblas", "no OpenBLAS found"}},
		{"auto", "", found, !hasAssembly(), []string{"processor"}},
		{"auto", "GRADFLOW_CPU=portable", found, !hasAssembly(), []string{"GRADFLOW_CPU=portable"}},
		{"", "", found, !hasAssembly(), []string{"processor"}},
		{"mkl", "", found, false, []string{"has no effect"}},
	} {
		backend, lib := choose(c.setting, c.limit, c.open)
		if (lib != nil) != c.external || strings.Contains(backend.Name, "OpenBLAS") != c.external {
			t.Errorf("GRADFLOW_BLAS=%s: %+v, external %v", c.setting, backend, lib != nil)
		}
		for _, why := range c.why {
			if !strings.Contains(backend.Why, why) {
				t.Errorf("GRADFLOW_BLAS=%s %s: %q does not say %q", c.setting, c.limit, backend.Why, why)
			}
		}
	}
}
