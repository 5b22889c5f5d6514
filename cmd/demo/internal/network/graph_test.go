package network

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

func TestGraph(t *testing.T) {
	network := []string{"graph", "-activation", "tanh", "-depth", "2", "-width", "12"}
	for _, c := range []struct {
		flags []string
		want  []string // regular expressions
	}{
		{nil, []string{`^digraph model {`, `label="dense1, backward"`}},
		{[]string{"-passes"}, []string{`^pass +time +steps +what it does\n`, `\norder +\S+ +0 -> \d+ +list`, `\nallocate +\S+ +\d+ -> \d+ +give`}},
		{[]string{"-dump", "fuse"}, []string{`^stage +node +operation`, `then tanh`, `dense2`}},
		{[]string{"-passes", "-dump", "allocate"}, []string{`^pass `, `\nstage +node`, `buffer 1`}},
	} {
		status, out, log := app.Call(append(network, c.flags...)...)
		if status != console.ExitOK || log != "" {
			t.Errorf("%q: status %d, %s", c.flags, status, log)
		}
		for _, want := range c.want {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%q: no %s in\n%s", c.flags, want, out)
			}
		}
	}
	for _, c := range []struct {
		args, want string
		status     int
	}{
		{"-dump fuze", `invalid value "fuze" for -dump`, console.ExitUsage},
		{"-batch 0", `invalid value "0" for -batch`, console.ExitUsage}, {"more", `unexpected argument "more"`, console.ExitUsage},
	} {
		status, _, log := app.Call(append([]string{"graph"}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(log, c.want) {
			t.Errorf("demo graph %s: status %d, want %d and a text with %q:\n%s", c.args, status, c.status, c.want, log)
		}
	}
}
