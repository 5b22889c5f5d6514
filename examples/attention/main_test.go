package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Attention learns to look at the marked element: its weight is near 1.
func TestAttentionFindsTheMark(t *testing.T) {
	var output strings.Builder
	if err := run(&output); err != nil {
		t.Fatal(err)
	}
	text := output.String()
	if !strings.Contains(text, "1 attention") || !strings.Contains(text, "gradients: healthy") {
		t.Errorf("the output is\n%s", text)
	}
	marks := regexp.MustCompile(`([0-9.]+)\*`).FindAllStringSubmatch(text, -1)
	if len(marks) != 4 {
		t.Fatalf("%d marks in\n%s", len(marks), text)
	}
	for _, m := range marks {
		var weight float64
		if _, err := fmt.Sscan(m[1], &weight); err != nil || weight < 0.8 {
			t.Errorf("the marked element has the weight %s in\n%s", m[1], text)
		}
	}
}
