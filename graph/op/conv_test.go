package op_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// windows are attributes of convolutions and pools near each other.
var windows = []op.Window{
	{}, {Stride: [2]int{2, 1}}, {Stride: [2]int{1, 2}}, {Padding: [2]int{1, 0}}, {Padding: [2]int{0, 1}}, {Dilation: [2]int{2, 1}},
	{Stride: [2]int{1, 2}, Padding: [2]int{1, 1}, Dilation: [2]int{1, 2}},
}

func convOpCases() (cases []opCase) {
	add := func(constructor, in string, w op.Window, groups int, f func(in gorgonia.Nodes) (*gorgonia.Node, error)) {
		cases = append(cases, opCase{op: constructor, name: fmt.Sprint(in, w, groups), in: in, draw: f})
	}
	optional := func(in gorgonia.Nodes) *gorgonia.Node {
		if len(in) > 2 {
			return in[2]
		}
		return nil
	}
	for _, w := range windows {
		for _, in := range []string{"ik", "ikv", "ig"} {
			groups := map[bool]int{false: 1, true: 2}[in == "ig"]
			add("Conv2D", in, w, groups, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return op.Conv2D(in[0], in[1], optional(in), w, groups)
			})
		}
	}
	for _, w := range []op.Window{{}, {Stride: [2]int{0, 2}}, {Padding: [2]int{0, 1}}, {Dilation: [2]int{0, 2}}} {
		for _, in := range []string{"st", "stv"} {
			add("Conv1D", in, w, 2, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Conv1D(in[0], in[1], optional(in), w, 2) })
		}
	}
	for _, in := range []string{"ik", "ikv"} {
		for _, w := range windows {
			add("ConvTranspose2D", in, w, 1, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return op.ConvTranspose2D(in[0], in[1], optional(in), w, [2]int{}, 1)
			})
		}
	}
	wide := op.Window{Stride: [2]int{2, 2}}
	for _, extra := range [][2]int{{}, {1, 0}, {0, 1}} {
		add("ConvTranspose2D", "ig", wide, 2, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return op.ConvTranspose2D(in[0], in[1], nil, wide, extra, 2)
		})
		cases[len(cases)-1].name += fmt.Sprint(extra)
	}
	return cases
}

// convolutions take x to z: of odd sizes, with strides, dilation and groups, depthwise, of single images and of images of one pixel.
// The transposed ones take z to x; with extra, as z does not tell the size of x.
var convolutions = []struct {
	x, w, z tensor.Shape
	window  op.Window
	groups  int
	extra   [2]int
}{
	{x: tensor.Shape{1, 1, 1, 1}, w: tensor.Shape{1, 1, 1, 1}, z: tensor.Shape{1, 1, 1, 1}, groups: 1},
	{x: tensor.Shape{1, 2, 1, 1}, w: tensor.Shape{3, 2, 3, 3}, z: tensor.Shape{1, 3, 1, 1}, groups: 1, window: op.Window{Padding: [2]int{1, 1}}},
	{x: tensor.Shape{2, 2, 5, 3}, w: tensor.Shape{3, 2, 3, 2}, z: tensor.Shape{2, 3, 5, 2}, groups: 1, window: op.Window{Padding: [2]int{1, 0}}},
	{x: tensor.Shape{2, 2, 5, 4}, w: tensor.Shape{2, 2, 3, 3}, z: tensor.Shape{2, 2, 3, 2}, groups: 1, extra: [2]int{0, 1},
		window: op.Window{Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}},
	{x: tensor.Shape{1, 2, 6, 7}, w: tensor.Shape{2, 2, 3, 2}, z: tensor.Shape{1, 2, 1, 2}, groups: 1, extra: [2]int{1, 0},
		window: op.Window{Stride: [2]int{2, 3}, Dilation: [2]int{2, 3}}},
	{x: tensor.Shape{2, 4, 3, 3}, w: tensor.Shape{2, 2, 2, 2}, z: tensor.Shape{2, 2, 4, 4}, groups: 2, window: op.Window{Padding: [2]int{1, 1}}},
	{x: tensor.Shape{2, 3, 4, 3}, w: tensor.Shape{3, 1, 3, 3}, z: tensor.Shape{2, 3, 4, 3}, groups: 3, window: op.Window{Padding: [2]int{1, 1}}},
	{x: tensor.Shape{2, 2, 4, 3}, w: tensor.Shape{4, 1, 3, 1}, z: tensor.Shape{2, 4, 2, 2}, groups: 2, window: op.Window{Stride: [2]int{1, 2}}},
	{x: tensor.Shape{2, 4, 3, 2}, w: tensor.Shape{6, 2, 1, 1}, z: tensor.Shape{2, 6, 3, 2}, groups: 2},
	{x: tensor.Shape{2, 4, 4, 3}, w: tensor.Shape{2, 4, 1, 1}, z: tensor.Shape{2, 2, 2, 2}, groups: 1, extra: [2]int{1, 0},
		window: op.Window{Stride: [2]int{2, 2}}},
	{x: tensor.Shape{2, 4, 7}, w: tensor.Shape{6, 2, 3}, z: tensor.Shape{2, 6, 3}, groups: 2,
		window: op.Window{Stride: [2]int{0, 2}, Padding: [2]int{0, 1}, Dilation: [2]int{0, 2}}},
}

func convCases() (cases []gradientCase) {
	for _, c := range convolutions {
		x, z, w, bias := randn(1, c.x...), randn(2, c.z...), randn(3, c.w...), randn(4, c.w[0])
		name, constructor, f := fmt.Sprint(c.x, c.w, c.window, c.groups), "Conv2D", op.Conv2D
		if len(c.x) == 3 {
			constructor, f = "Conv1D", op.Conv1D
		}
		draw := func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1], nil, c.window, c.groups) }
		biased := func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1], in[2], c.window, c.groups) }
		cases = append(cases, gradientCase{op: constructor, name: name, in: []*tensor.Dense{x, w}, draw: draw},
			gradientCase{op: constructor, name: name + " with bias", in: []*tensor.Dense{x, w, bias}, draw: biased})
		if len(c.x) == 3 {
			continue
		}
		bias = randn(4, c.x[1])
		cases = append(cases, gradientCase{op: "ConvTranspose2D", name: name, in: []*tensor.Dense{z, w, bias},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return op.ConvTranspose2D(in[0], in[1], in[2], c.window, c.extra, c.groups)
			}})
	}
	return cases
}

func TestShapesOfConvolutions(t *testing.T) {
	for _, c := range convolutions {
		in := inputs(randn(1, c.x...), randn(2, c.w...), randn(3, c.z...))
		if len(c.x) == 3 {
			if z := must(t)(op.Conv1D(in[0], in[1], nil, c.window, c.groups)); !z.Shape().Eq(c.z) {
				t.Errorf("a convolution of %v with %v has shape %v, want %v", c.x, c.w, z.Shape(), c.z)
			}
			continue
		}
		if z := must(t)(op.Conv2D(in[0], in[1], nil, c.window, c.groups)); !z.Shape().Eq(c.z) {
			t.Errorf("a convolution of %v with %v has shape %v, want %v", c.x, c.w, z.Shape(), c.z)
		}
		if x := must(t)(op.ConvTranspose2D(in[2], in[1], nil, c.window, c.extra, c.groups)); !x.Shape().Eq(c.x) {
			t.Errorf("a transposed convolution of %v with %v has shape %v, want %v", c.z, c.w, x.Shape(), c.x)
		}
	}
}

func TestWrongConvolutions(t *testing.T) {
	conv := func(w op.Window, groups int) binary {
		return func(x, weight *gorgonia.Node) (*gorgonia.Node, error) { return op.Conv2D(x, weight, nil, w, groups) }
	}
	transposed := func(w op.Window, extra [2]int, groups int) binary {
		return func(x, weight *gorgonia.Node) (*gorgonia.Node, error) {
			return op.ConvTranspose2D(x, weight, nil, w, extra, groups)
		}
	}
	biased := func(x, bias *gorgonia.Node) (*gorgonia.Node, error) {
		return op.Conv2D(x, input(x.Graph(), "w", randn(3, 2, 4, 1, 1)), bias, op.Window{}, 1)
	}
	biasedBack := func(x, bias *gorgonia.Node) (*gorgonia.Node, error) {
		return op.ConvTranspose2D(x, input(x.Graph(), "w", randn(3, 4, 2, 1, 1)), bias, op.Window{}, [2]int{}, 1)
	}
	conv1D := func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return op.Conv1D(x, w, nil, op.Window{}, 1) }
	x, w, vector := randn(1, 2, 4, 5, 5), randn(2, 4, 4, 3, 3), randn(3, 3)
	checkMistakes(t, []mistake{
		wrong("a matrix", randn(1, 2, 4), w, conv(op.Window{}, 1), "conv2d", "(2, 4)", "want 4 dimensions"),
		wrong("a matrix of weights", x, randn(1, 2, 4), conv(op.Window{}, 1), "conv2d", "(2, 4)", "want 4 dimensions"),
		wrong("images as sequences", x, randn(1, 2, 4, 3), conv1D, "conv1d", "(2, 4, 5, 5)", "want 3 dimensions"),
		wrong("other channels", x, randn(1, 4, 3, 3, 3), conv(op.Window{}, 1), "conv2d", "(4, 3, 3, 3)", "got 3 channels", "want 4", "(2, 4, 5, 5)"),
		wrong("groups", x, w, conv(op.Window{}, 3), "got 3 groups", "4 and 4 channels"),
		wrong("no groups", x, w, conv(op.Window{}, 0), "got 0 groups"),
		wrong("stride", x, w, conv(op.Window{Stride: [2]int{1, -1}}, 1), "got stride -1 in width"),
		wrong("a large window", x, randn(1, 4, 4, 6, 3), conv(op.Window{}, 1), "got an image of height 5", "window of 6"),
		wrong("a large window of sequences", randn(1, 2, 4, 5), randn(1, 4, 4, 6), conv1D, "got an image of width 5", "sequences as images of height 1"),
		wrong("a long bias", x, vector, biased, "bias: got 3 elements, want 2"),
		wrong("a long bias of a transposed one", x, vector, biasedBack, "bias: got 3 elements, want 2"),
		wrong("channels of a transposed one", x, randn(1, 3, 2, 3, 3), transposed(op.Window{}, [2]int{}, 1), "conv_transposed", "(3, 2, 3, 3)", "want 4 in axis 0"),
		wrong("too much output padding", x, w, transposed(op.Window{Stride: [2]int{2, 2}}, [2]int{0, 2}, 1), "conv_transposed2d(stride=[2 2]", "groups=1, output_padding=[0 2]): got", "output padding of 2", "0 to 1"),
		wrong("output padding below 0", x, w, transposed(op.Window{}, [2]int{-1, 0}, 1), "output padding of -1", "0 to 0"),
		wrong("padding of a transposed one", x, w, transposed(op.Window{Padding: [2]int{4, 4}}, [2]int{}, 1), "got an image of height -1"),
		wrong("groups of a transposed one", x, w, transposed(op.Window{}, [2]int{}, 3), "got 3 groups"),
	})
}

// A convolution tells what it is, with the defaults filled in.
func TestSpecOfConvolutions(t *testing.T) {
	nodes := square()
	z := must(t)(op.Conv2D(nodes['i'], nodes['g'], nil, op.Window{Stride: [2]int{2, 0}, Padding: [2]int{0, 1}}, 2))
	window := op.Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Padding: [2]int{0, 1}, Dilation: [2]int{1, 1}}
	dw := grad(t, weigh(t, z, randn(1, z.Shape()...)), nodes['g'])[0]
	for n, want := range map[*gorgonia.Node]op.Spec{
		z:  {Kind: op.KindConv, Window: window, Groups: 2},
		dw: {Kind: op.KindGradient, Name: "conv", Window: window, Groups: 2},
		must(t)(op.Conv1D(nodes['s'], nodes['t'], nil, op.Window{}, 2)): {Kind: op.KindConv, Groups: 2,
			Window: op.Window{Size: [2]int{1, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}},
		must(t)(op.ConvTranspose2D(nodes['i'], nodes['k'], nil, op.Window{}, [2]int{}, 1)): {Kind: op.KindConvTransposed, Groups: 1,
			Window: op.Window{Size: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}},
	} {
		if got := op.SpecOf(n); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v has %+v, want %+v", n.Op(), got, want)
		}
	}
}

// An activation of a convolution is one op that gives, bit by bit, the result of the two one after another.
func TestFusedConvolutions(t *testing.T) {
	for _, dt := range floatTypes {
		in := inputs(copyOf(dt, randn(1, 2, 3, 7, 9)), copyOf(dt, randn(2, 3, 3, 3, 3)), copyOf(dt, randn(3, 3)))
		for _, z := range []*gorgonia.Node{
			must(t)(op.Conv2D(in[0], in[1], in[2], op.Window{}, 1)),
			must(t)(op.ConvTranspose2D(in[0], in[1], in[2], op.Window{}, [2]int{}, 1)),
		} {
			y := must(t)(op.Activate(op.ReLU, 0, z))
			runAll(t, y)
			fused := y.Op().(*op.Op).Fuse(z.Op().(*op.Op), 0)
			if fused == nil {
				t.Fatalf("%v cannot be fused with %v", y.Op(), z.Op())
			}
			got, err := fused.Do(in[0].Value(), in[1].Value(), in[2].Value())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(goldens.Floats(t, got.Data()), floats(t, y), sameBits) {
				t.Errorf("%v: %v gives other numbers than its parts", dt, fused)
			}
		}
	}
}
