package experiments

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// demo shatter prints and draws the correlations, and the laws that they follow.
func TestShatter(t *testing.T) {
	args := []string{"shatter", "-deepest", "6", "-seeds", "2", "-width", "60", "-inputs", "32"}
	status, out, files := app.Report(t, args...)
	if status != console.ExitOK {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{"blocks   plain ", "\n6 ", "plain + bn: falls ", "where the law says 0.0156 and theory of wide networks 0.0156", "Written to FOLDER: shatter.png, shatter.svg, line.png"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not show %q:\n%s", want, out)
		}
	}
	for _, name := range []string{"shatter.png", "line.svg", "shatter.txt"} {
		if len(files[name]) < 100 {
			t.Errorf("%s has %d bytes", name, len(files[name]))
		}
	}
	if _, again, _ := app.Report(t, args...); again != out {
		t.Errorf("the second time the output is\n%s", again)
	}
}
