package main

import (
	"strings"
	"testing"
)

// The network tells nine of ten new waves apart at the end; a guess is right in one of three.
func TestSequences(t *testing.T) {
	var output strings.Builder
	if err := run(&output); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(output.String()), "\n")
	if len(lines) != 7 || !(strings.HasPrefix(lines[5], "epoch 6: 9") || strings.HasPrefix(lines[5], "epoch 6: 100")) {
		t.Errorf("got\n%s", output.String())
	}
}
