package network

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

func TestStructure(t *testing.T) {
	status, out, log := app.Call("structure", "-activation", "tanh", "-norm", "ln", "-skip", "2", "-depth", "5", "-width", "12")
	const want = `residual tanh + ln
network: 6 layers, depth 6, 2 blocks
  1 dense1: 784 -> 12, bias, ln, tanh
  block1: identity
    2 block1/dense1: 12 -> 12, bias, ln, tanh
    3 block1/dense2: 12 -> 12, bias, ln, tanh
  block2: identity
    4 block2/dense1: 12 -> 12, bias, ln, tanh
    5 block2/dense2: 12 -> 12, bias, ln, tanh
  6 dense2: 12 -> 10, bias
`
	if status != console.ExitOK || out != want || log != "" {
		t.Errorf("status %d, got\n%s%s\nwant\n%s", status, out, log, want)
	}
	for _, c := range []struct{ args, want string }{
		{"-depth 4 -skip 2", "want 3 or 5"}, {"-norm foo", "none, bn or ln"}, {"more", `begin with "-"`}, {"-epochs 2", "unknown flag"},
	} {
		status, _, log := app.Call(append([]string{"structure"}, strings.Fields(c.args)...)...)
		if status != console.ExitUsage || !strings.Contains(log, c.want) {
			t.Errorf("demo structure %s: status %d, want a text with %q:\n%s", c.args, status, c.want, log)
		}
	}
}
