package conv

import (
	"strings"
	"testing"
)

func TestGeometry(t *testing.T) {
	one := [2]int{1, 1}
	g, err := New([4]int{2, 4, 9, 8}, [4]int{6, 2, 3, 2}, Window{Stride: [2]int{2, 3}, Padding: [2]int{1, 0}, Dilation: [2]int{2, 1}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	// (9 + 2·1 - 2·(3-1) - 1)/2 + 1 = 4 and (8 + 2·0 - 1·(2-1) - 1)/3 + 1 = 3, by PyTorch's formula.
	if got, want := g.OutputShape(), [4]int{2, 6, 4, 3}; got != want {
		t.Errorf("the output has shape %v, want %v", got, want)
	}
	if got, want := g.Work(), 2*6*4*3*(2*3*2); got != want {
		t.Errorf("%d multiplications, want %d", got, want)
	}
	for _, c := range []struct {
		name   string
		x, w   [4]int
		window Window
		groups int
		want   string
	}{
		{"no groups", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 1}, Window{Stride: one, Dilation: one}, 0, "got 0 groups"},
		{"groups that do not divide the inputs", [4]int{1, 3, 3, 3}, [4]int{2, 1, 1, 1}, Window{Stride: one, Dilation: one}, 2, "2 groups for 3 and 2 channels"},
		{"groups that do not divide the outputs", [4]int{1, 2, 3, 3}, [4]int{3, 1, 1, 1}, Window{Stride: one, Dilation: one}, 2, "2 groups for 2 and 3 channels"},
		{"other channels", [4]int{1, 4, 3, 3}, [4]int{2, 4, 1, 1}, Window{Stride: one, Dilation: one}, 2, "got 4 channels in axis 1 of the weight, want 2"},
		{"no stride", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 1}, Window{Dilation: one}, 1, "got stride 0 in height"},
		{"no dilation", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 1}, Window{Stride: one, Dilation: [2]int{1, -1}}, 1, "got dilation -1 in width"},
		{"padding below 0", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 1}, Window{Stride: one, Dilation: one, Padding: [2]int{0, -1}}, 1, "got padding -1 in width"},
		{"an empty window", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 0}, Window{Stride: one, Dilation: one}, 1, "got window 0 in width"},
		{"huge padding", [4]int{1, 1, 3, 3}, [4]int{1, 1, 1, 1}, Window{Stride: one, Dilation: one, Padding: [2]int{1 << 30, 0}}, 1, "want 0 to 1048576"},
		{"a small image", [4]int{1, 1, 2, 9}, [4]int{1, 1, 5, 3}, Window{Stride: one, Dilation: one, Padding: one}, 1,
			"got an image of height 2, with padding 4, want at least the 5 that a window of 5 with dilation 1 covers"},
		{"an image of a line", [4]int{1, 1, 1 << 21, 1}, [4]int{1, 1, 1, 1}, Window{Stride: one, Dilation: one}, 1, "got an image of height 2097152"},
	} {
		_, err := New(c.x, c.w, c.window, c.groups)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
		}
	}
}
