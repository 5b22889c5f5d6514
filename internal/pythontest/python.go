// Package pythontest finds a Python for tests that compare with its libraries.
package pythontest

import (
	"os"
	"os/exec"
	"testing"
)

// Variable names the environment variable of the Python to use, such as one with another PyTorch than the system's.
const Variable = "GRADFLOW_PYTHON"

// With is a Python that can import a module: the one of [Variable] if that is set, or else the system's, or else the first on the path.
// Without one the test is skipped, and says what was not tested and which Debian package is missing.
func With(t testing.TB, module, untested string) string {
	t.Helper()
	candidates := []string{"/usr/bin/python3", "python3"}
	if name := os.Getenv(Variable); name != "" {
		candidates = []string{name}
	}
	for _, name := range candidates {
		if exec.Command(name, "-c", "import "+module).Run() == nil {
			return name
		}
	}
	t.Skipf("SKIPPED: %s, as %s cannot import %s (Debian: apt-get install python3-%[3]s)", untested, candidates[0], module)
	return ""
}
