package profiles

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// A network that is not finite from the first step on gets its verdict and all its files, and so do reports of its profile.
func TestNonFiniteNetworkIsReported(t *testing.T) {
	for _, init := range []string{"normal:1e30", "normal:100"} {
		folder := t.TempDir()
		status, out, log := app.Call("train", "-init", init, "-depth", "60", "-width", "8", "-epochs", "1", "-subset", "640", "-out", folder)
		if status != console.ExitOK || !strings.Contains(out, "non-finite") || !strings.Contains(out, "In the first step, before any update") {
			t.Errorf("%s: status %d\n%s%s", init, status, out, log)
		}
		again := t.TempDir()
		if status, _, log := app.Call("report", "-out", again, filepath.Join(folder, reportdir.ProfilesName)); status != console.ExitOK {
			t.Errorf("%s: status %d of the report\n%s", init, status, log)
		}
		for _, path := range []string{folder, again} {
			for _, name := range []string{"first-step.png", "all-steps.svg", "report.html", "finite-layers-"} {
				if files := demotest.List(t, path); !strings.Contains(files, name) {
					t.Errorf("%s: there is no %s in %s", init, name, files)
				}
			}
		}
	}
}
