package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Both networks learn from a short text, and write as many characters as were asked for.
func TestText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "light.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("By the Rays of Light I understand its least Parts.\n", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, model := range []string{"gpt", "lstm"} {
		var output strings.Builder
		s := settings{file: file, model: model, prompt: "By", limit: time.Second, context: 16, width: 32, size: 20}
		if err := run(context.Background(), &output, s); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(output.String(), "\n\n", 2)
		if !strings.Contains(lines[0], "epoch 1:") || len(lines) != 2 || len(lines[1]) != len("By")+20+1 || !strings.HasPrefix(lines[1], "By") {
			t.Errorf("%s: the output is %q", model, output.String())
		}
	}
	err := run(context.Background(), &strings.Builder{}, settings{file: file, model: "mlp"})
	if err == nil || !strings.Contains(err.Error(), `got "mlp", want gpt or lstm`) {
		t.Errorf("got error %v", err)
	}
	if err := run(context.Background(), &strings.Builder{}, settings{file: file + "s"}); err == nil {
		t.Error("no error for a missing file")
	}
}
