package op_test

import (
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/onnxfile"
	"github.com/gradflow/gradflow/internal/onnxtest"
)

// beyond are tests of operations on images that ours cannot express, by what they ask for.
var beyond = map[string]string{
	"averagepool_2d_ceil":                   "a last window that is not full",
	"averagepool_2d_pads":                   "padding of more than half a window",
	"averagepool_2d_pads_count_include_pad": "padding of more than half a window",
	"averagepool_2d_same_lower":             "another padding on the opposite side",
	"averagepool_2d_same_upper":             "another padding on the opposite side",
	"convtranspose_autopad_same":            "another padding on the opposite side",
	"maxpool_2d_ceil":                       "a last window that is not full",
	"maxpool_2d_pads":                       "padding of more than half a window",
	"maxpool_2d_same_lower":                 "another padding on the opposite side",
	"maxpool_2d_same_upper":                 "another padding on the opposite side",
}

// The numbers of convolutions, pools and normalisations are those of ONNX and of PyTorch.
func TestOperationsOfONNX(t *testing.T) {
	if _, err := os.Stat(onnxtest.Dir); err != nil {
		t.Skipf("SKIPPED: the operations on images are not compared with the tests of ONNX, as there is no %s (Debian: apt-get install libonnx-testdata)", onnxtest.Dir)
	}
	passed := make(map[string]int)
	for _, folder := range onnxtest.Folders {
		entries, err := os.ReadDir(path.Join(onnxtest.Dir, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if kind := checkONNX(t, path.Join(folder, entry.Name())); kind != "" {
				passed[kind]++
			}
		}
	}
	t.Logf("passed: %v", passed)
	for kind, want := range map[string]int{
		"Conv": 26, "ConvTranspose": 11, "MaxPool": 15, "AveragePool": 9, "GlobalAveragePool": 2, "GlobalMaxPool": 2, "BatchNormalization": 7, "InstanceNormalization": 3,
	} {
		if passed[kind] < want {
			t.Errorf("%d tests of %s passed, want at least %d", passed[kind], kind, want)
		}
	}
}

// checkONNX runs a test if it is one of a single operation on images. It returns the operation if its output is right.
func checkONNX(t *testing.T, name string) (kind string) {
	t.Helper()
	c, err := onnxtest.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	nodes := c.Model.Graph.Nodes
	if len(nodes) != 1 || onnxOperations[nodes[0].Op] == nil || len(c.Inputs) == 0 || c.Inputs[0].Type != onnxfile.Float || len(c.Inputs[0].Shape) > 4 {
		return ""
	}
	s := &onnxCase{Case: c, Node: nodes[0], t: t, graph: gorgonia.NewGraph()}
	reason := beyond[strings.TrimPrefix(path.Base(name), "test_")]
	y, err := onnxOperations[s.Op](s)
	switch {
	case err != nil && reason != "":
		return ""
	case err != nil:
		t.Errorf("%s: %v", name, err)
		return ""
	case reason != "":
		t.Errorf("%s: got a result, want an error: it asks for %s", name, reason)
		return ""
	}
	run(t, y)
	if !s.isRight(floats(t, y)) {
		t.Errorf("%s: got %v of shape %v, want %v", name, floats(t, y), y.Shape(), c.Outputs[0])
		return ""
	}
	return s.Op
}

// An onnxCase is a test while it is being drawn.
type onnxCase struct {
	*onnxtest.Case
	*onnxfile.Node
	t     *testing.T
	graph *gorgonia.ExprGraph
}

// isRight compares with the first output, with a bound for the rounding of sums in float32.
func (c *onnxCase) isRight(got []float64) bool {
	want := c.Case.Outputs[0].Numbers
	if len(got) != len(want) || len(want) == 0 {
		return false
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range want {
		if !(math.Abs(got[i]-v) <= 4e-6*largest) {
			return false
		}
	}
	return true
}

// in is input i as a node; nil if it is left out. A sequence (batch, channels, length) becomes an image of height 1.
func (c *onnxCase) in(i int) *gorgonia.Node {
	c.t.Helper()
	if i >= len(c.Node.Inputs) || c.Node.Inputs[i] == "" {
		return nil
	}
	v := c.Input(c.Node.Inputs[i])
	shape := v.Shape
	if len(shape) == 3 {
		shape = []int{shape[0], shape[1], 1, shape[2]}
	}
	value, err := tensors.FromSlice(tensor.Float32, v.Numbers, shape...)
	if err != nil {
		c.t.Fatal(err)
	}
	return input(c.graph, v.Name, value)
}

// pair is an attribute with a number for the height and one for the width.
func (c *onnxCase) pair(name string, missing, forSequence int) [2]int {
	switch v := c.Integers(name); len(v) {
	case 1:
		return [2]int{forSequence, v[0]}
	case 2:
		return [2]int(v)
	}
	return [2]int{missing, missing}
}

// window reads the attributes of a window of the given size.
func (c *onnxCase) window(image, size [2]int) (w op.Window, even bool) {
	w = op.Window{Size: size, Stride: c.pair("strides", 1, 1), Dilation: c.pair("dilations", 1, 1)}
	begin, end := c.padding(image, w)
	w.Padding = begin
	return w, begin == end && c.Int("ceil_mode", 0) == 0
}

// padding reads how many zeros come before and after an image.
func (c *onnxCase) padding(image [2]int, w op.Window) (begin, end [2]int) {
	if p := c.Integers("pads"); len(p) == 2 {
		return [2]int{0, p[0]}, [2]int{0, p[1]}
	} else if len(p) == 4 {
		return [2]int(p[:2]), [2]int(p[2:])
	}
	auto := c.Text("auto_pad", "")
	if !strings.HasPrefix(auto, "SAME") {
		return begin, end
	}
	for side := range 2 {
		windows := (image[side] + w.Stride[side] - 1) / w.Stride[side]
		total := max(0, (windows-1)*w.Stride[side]+(w.Size[side]-1)*w.Dilation[side]+1-image[side])
		begin[side], end[side] = total/2, total-total/2
	}
	return begin, end
}

// sides are height and width.
func sides(n *gorgonia.Node) [2]int { return [2]int(slices.Clone(n.Shape()[2:])) }
