package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/internal/kernel"
)

func TestVersion(t *testing.T) {
	var out, log bytes.Buffer
	if status := app.Run(context.Background(), []string{"version"}, &out, &log); status != console.ExitOK {
		t.Fatalf("status %d: %s", status, log.String())
	}
	for _, part := range []string{"gradflow", "go1.", kernel.Products().Name, kernel.Products().Why, "cores"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is missing in:\n%s", part, out.String())
		}
	}
	if status := app.Run(context.Background(), []string{"version", "more"}, &out, &log); status != console.ExitUsage {
		t.Errorf("version with an argument gave status %d, want %d", status, console.ExitUsage)
	}
}
