package op_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// pools are windows near each other.
var pools = []op.Window{
	{Size: [2]int{2, 2}}, {Size: [2]int{3, 2}}, {Size: [2]int{2, 3}}, {Size: [2]int{2, 2}, Stride: [2]int{1, 0}}, {Size: [2]int{2, 2}, Stride: [2]int{0, 1}},
	{Size: [2]int{2, 2}, Padding: [2]int{1, 0}}, {Size: [2]int{2, 2}, Padding: [2]int{0, 1}}, {Size: [2]int{3, 3}, Stride: [2]int{2, 1}, Padding: [2]int{1, 1}},
}

// dilated are more of them, for the maximum alone.
var dilated = []op.Window{{Size: [2]int{2, 2}, Dilation: [2]int{2, 1}}, {Size: [2]int{2, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{3, 2}, Padding: [2]int{1, 0}}}

func poolOpCases() (cases []opCase) {
	add := func(constructor, name string, f unary) {
		cases = append(cases, opCase{op: constructor, name: name, in: "i", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0]) }})
	}
	for _, w := range append(pools, dilated...) {
		add("MaxPool2D", fmt.Sprint(w), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.MaxPool2D(x, w) })
	}
	for _, w := range pools {
		for _, countPadding := range []bool{false, true} {
			add("AvgPool2D", fmt.Sprint(w, countPadding), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.AvgPool2D(x, w, countPadding) })
		}
	}
	for _, size := range [][2]int{{1, 1}, {2, 3}, {3, 2}} {
		add("AdaptiveAvgPool2D", fmt.Sprint(size), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.AdaptiveAvgPool2D(x, size) })
	}
	for _, c := range [][2]int{{4, 1}, {4, 2}, {5, 1}, {5, 2}} {
		add("PadChannels", fmt.Sprint(c), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.PadChannels(x, c[0], c[1]) })
	}
	add("GlobalAvgPool", "", op.GlobalAvgPool)
	return cases
}

func poolCases() (cases []gradientCase) {
	for _, s := range []tensor.Shape{{2, 3, 5, 7}, {1, 1, 6, 4}} {
		x := []*tensor.Dense{randn(1, s...)}
		for _, c := range poolOpCases() {
			cases = append(cases, gradientCase{op: c.op, name: fmt.Sprint(s, c.name), in: x, draw: c.draw})
		}
	}
	single := []*tensor.Dense{randn(1, 2, 3, 1, 1)}
	for _, c := range poolOpCases() {
		if c.op == "PadChannels" || c.op == "GlobalAvgPool" || c.op == "AdaptiveAvgPool2D" {
			cases = append(cases, gradientCase{op: c.op, name: "a pixel " + c.name, in: single, draw: c.draw})
		}
	}
	return append(cases, gradientCase{op: "GlobalAvgPool", name: "sequences", in: []*tensor.Dense{randn(1, 2, 3, 5)}, draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return op.GlobalAvgPool(in[0])
	}})
}

func TestWrongPools(t *testing.T) {
	maximum := func(w op.Window) binary {
		return func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.MaxPool2D(x, w) }
	}
	average := func(w op.Window) binary {
		return func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.AvgPool2D(x, w, true) }
	}
	adaptive := func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.AdaptiveAvgPool2D(x, [2]int{2, 0}) }
	global := func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.GlobalAvgPool(x) }
	pad := func(channels, stride int) binary {
		return func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.PadChannels(x, channels, stride) }
	}
	x, matrix := randn(1, 2, 4, 5, 5), randn(1, 4, 4)
	two := [2]int{2, 2}
	checkMistakes(t, []mistake{
		wrong("a matrix", matrix, x, maximum(op.Window{Size: two}), "max_pool2d", "(4, 4)", "want 4 dimensions"),
		wrong("no window", x, x, maximum(op.Window{}), "max_pool2d", "got window 0 in height"),
		wrong("stride", x, x, maximum(op.Window{Size: two, Stride: [2]int{1, -1}}), "got stride -1 in width"),
		wrong("padding", x, x, average(op.Window{Size: two, Padding: [2]int{0, 2}}), "avg_pool2d", "padding [0 2]", "window of [2 2]", "half"),
		wrong("a large window", x, x, average(op.Window{Size: [2]int{6, 2}}), "got an image of height 5", "window of 6"),
		wrong("a dilated mean", x, x, average(op.Window{Size: two, Dilation: two}), "avg_pool2d", "dilation [2 2]", "want 1"),
		wrong("no size", x, x, adaptive, "adaptive_avg_pool2d", "got size [2 0]"),
		wrong("a matrix of channels", matrix, x, global, "global_avg_pool", "(4, 4)", "want 3 dimensions"),
		wrong("fewer channels", x, x, pad(3, 1), "pad_channels", "got 3 channels", "(2, 4, 5, 5)", "at least 4"),
		wrong("no stride of a shortcut", x, x, pad(4, 0), "pad_channels", "got stride 0"),
	})
}
