package op_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// A stockImages draws Gorgonia's operations on images.
type stockImages struct {
	t      *testing.T
	g      *gorgonia.ExprGraph
	dt     tensor.Dtype
	inputs gorgonia.Nodes
	losses gorgonia.Nodes
}

// in makes an input of numbers between -1 and 1, no two of them near each other.
func (s *stockImages) in(name string, shape ...int) *gorgonia.Node {
	s.t.Helper()
	v := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range v {
		v[i] = math.Mod(float64(i+len(s.inputs)+1)*0.6180339887498949, 2) - 1
	}
	value, err := tensors.FromSlice(s.dt, v, shape...)
	if err != nil {
		s.t.Fatal(err)
	}
	n := gorgonia.NewTensor(s.g, s.dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(value))
	s.inputs = append(s.inputs, n)
	return n
}

// use adds a node to the loss, so that it has a gradient that is not the same everywhere.
func (s *stockImages) use(n *gorgonia.Node, err error) {
	s.t.Helper()
	s.losses = append(s.losses, must(s.t)(gorgonia.Sum(must(s.t)(gorgonia.Square(must(s.t)(n, err))))))
}

func (s *stockImages) nodes() gorgonia.Nodes {
	s.t.Helper()
	loss := s.losses[0]
	for _, l := range s.losses[1:] {
		loss = must(s.t)(gorgonia.Add(loss, l))
	}
	grad(s.t, loss, s.inputs...)
	return s.g.AllNodes()
}

func stockImageNodes(t *testing.T, dt tensor.Dtype) gorgonia.Nodes {
	s := &stockImages{t: t, g: gorgonia.NewGraph(), dt: dt}
	for _, c := range []struct {
		x, w                  []int
		pad, stride, dilation []int
	}{
		{[]int{2, 3, 7, 5}, []int{4, 3, 3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}},
		{[]int{1, 2, 9, 6}, []int{3, 2, 3, 2}, []int{2, 1}, []int{2, 3}, []int{2, 1}},
		{[]int{3, 2, 5, 5}, []int{1, 2, 1, 1}, []int{0, 0}, []int{1, 1}, []int{1, 1}},
		{[]int{2, 1, 8, 8}, []int{2, 1, 3, 3}, []int{0, 0}, []int{3, 2}, []int{1, 1}},
		{[]int{1, 3, 1, 1}, []int{2, 3, 3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}},
	} {
		name := string(rune('a' + len(s.losses)))
		x, w := s.in(name+"x", c.x...), s.in(name+"w", c.w...)
		s.use(gorgonia.Conv2d(x, w, tensor.Shape(c.w[2:]), c.pad, c.stride, c.dilation))
	}
	s.use(gorgonia.Conv1d(s.in("x1", 2, 3, 1, 9), s.in("w1", 2, 3, 1, 4), 4, 2, 2, 1))
	s.use(gorgonia.MaxPool2D(s.in("p", 2, 2, 6, 4), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	s.use(gorgonia.MaxPool2D(s.in("q", 1, 2, 7, 8), tensor.Shape{3, 2}, []int{1, 1}, []int{2, 3}))
	s.use(gorgonia.MaxPool1D(s.in("r", 2, 2, 1, 9), 3, 0, 2))
	s.use(gorgonia.Rectify(s.in("relu", 2, 3, 4, 4)))
	for _, shape := range [][]int{{3, 4, 5, 2}, {6, 5}} {
		name := tensor.Shape(shape)
		y, _, _, _, err := gorgonia.BatchNorm(s.in(fmt.Sprint(name), shape...), s.in(fmt.Sprint(name, "gain"), shape...), s.in(fmt.Sprint(name, "shift"), shape...), 0.1, 1e-5)
		s.use(y, err)
	}
	nodes := s.nodes()
	// These have no gradient, or a wrong one. The mean is right because the image is as wide as the window has elements.
	x := s.inputs[0]
	nodes = append(nodes, must(t)(gorgonia.GlobalAveragePool2D(x)))
	return append(nodes, must(t)(gorgonia.AveragePool2D(x, tensor.Shape{1, 5}, []int{0, 0}, []int{2, 1})))
}

func TestReplacementsOnImagesComputeTheSame(t *testing.T) {
	checkReplacements(t, stockImageNodes, map[string]int{
		"gorgonia.col2imOp": 6, "*gorgonia.maxPoolOp": 3, "*gorgonia.maxPoolDiffOp": 3, "*gorgonia.avgPoolOp": 1, "*gorgonia.globalAveragePoolOp": 1,
		"*gorgonia.BatchNormOp": 2, "*gorgonia.batchnormDiffOp": 2,
	})
}

// A replaced convolution or pool says what it is, as ours do.
func TestSpecsOfReplacements(t *testing.T) {
	counts := make(map[string]int)
	for _, n := range stockImageNodes(t, tensor.Float32) {
		o, reads := op.Replacement(n)
		if o == nil {
			continue
		}
		switch s := o.Spec(); s.Kind {
		case op.KindConv, op.KindConvTransposed:
			counts[s.Kind.String()]++
			if s.Groups != 1 || s.Window.Size != [2]int(reads[1].Shape()[2:]) {
				t.Errorf("%v: got spec %+v for a weight %v", o, s, reads[1].Shape())
			}
		case op.KindPool, op.KindGradient, op.KindActivate:
			counts[s.Kind.String()+" "+s.Name]++
		}
	}
	for name, n := range map[string]int{
		"conv": 6, "conv_transposed": 6, "gradient conv": 6, "pool ": 3, "gradient max_pool2d": 3, "pool average": 1,
		"pool global average": 1, "activate ": 1,
	} {
		if counts[name] != n {
			t.Errorf("%d replacements of kind %q, want %d", counts[name], name, n)
		}
	}
}

// Gorgonia divides the mean of windows by the width of the image.
func TestReplacedAverageIsRightWhereStockIsWrong(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", tensor.New(tensor.WithShape(1, 1, 2, 6), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})))
	y := must(t)(gorgonia.AveragePool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	grad(t, must(t)(gorgonia.Sum(y)), x)
	stock, err := y.Op().Do(x.Value())
	if err != nil {
		t.Fatal(err)
	}
	run(t, y, x.Deriv())
	for i, want := range []float64{4.5, 6.5, 8.5} {
		if got := floats(t, y)[i]; got != want {
			t.Errorf("mean %d is %v, want %v", i, got, want)
		}
		if got := goldens.Floats(t, stock.Data())[i]; got == want {
			t.Errorf("Gorgonia's mean %d is right now: the replacement is no longer needed for that", i)
		}
	}
	for i, got := range floats(t, x.Deriv()) {
		if got != 0.25 {
			t.Errorf("gradient of element %d is %v, want 0.25", i, got)
		}
	}
}
