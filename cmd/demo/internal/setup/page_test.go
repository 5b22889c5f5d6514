package setup

import (
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// The address may follow the flag after a space or an equals sign, or be left out.
func TestServeFlag(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""}, {"-serve", anyPort}, {"-serve=127.0.0.1:8080", "127.0.0.1:8080"}, {"-serve 127.0.0.1:8080", "127.0.0.1:8080"},
		{"--serve localhost:80 -x 3", "localhost:80"}, {"-serve -x 3", anyPort}, {"-serve=false", ""}, {"-x 1 -serve", anyPort},
		{"-serve 8080", "127.0.0.1:8080"}, {"-serve=0", anyPort}, {"-serve [::1]:80", "[::1]:80"},
	} {
		var page Page
		var x int
		cmd := &cli.Command{
			Flags: []cli.Flag{page.Flag(), console.Whole("x", &x, 0, 0, 9, "")}, ArgValidator: page.Argument,
			Action: func(context.Context, *cli.Command) error { return nil },
		}
		if err := cmd.Run(context.Background(), append([]string{"test"}, strings.Fields(c.args)...)); err != nil || page.address != c.want {
			t.Errorf("%q: address %q, want %q; %v", c.args, page.address, c.want, err)
		}
	}
}
