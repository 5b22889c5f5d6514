package onnx_test

import (
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/onnxfile"
	"github.com/gradflow/gradflow/internal/onnxtest"
)

// A result is what became of a test of ONNX.
type result struct {
	name   string // "node/test_add"
	ops    []string
	float  bool // whether a float goes in and only floats come out
	passed bool
	err    error // why it did not run
	wrong  string
}

// runConformance runs all tests of ONNX.
func runConformance(t *testing.T) (list []result) {
	t.Helper()
	if _, err := os.Stat(onnxtest.Dir); err != nil {
		t.Skipf("SKIPPED: models are not compared with the tests of ONNX, as there is no %s (Debian: apt-get install libonnx-testdata)", onnxtest.Dir)
	}
	for _, folder := range onnxtest.Folders {
		entries, err := os.ReadDir(path.Join(onnxtest.Dir, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			list = append(list, runCase(t, path.Join(folder, entry.Name())))
		}
	}
	return list
}

// runCase runs one test: with all float inputs fed, else with the first one only, else with none.
func runCase(t *testing.T, name string) (r result) {
	t.Helper()
	c, err := onnxtest.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	r = result{name: name, float: isFloatCase(c)}
	for _, n := range c.Model.Graph.Nodes {
		if !slices.Contains(r.ops, n.Op) {
			r.ops = append(r.ops, n.Op)
		}
	}
	slices.Sort(r.ops)
	for _, most := range []int{math.MaxInt, 1, 0} {
		outputs, shapes, err := runFed(c, most)
		if err == nil {
			r.err = nil
			r.wrong = compare(c, outputs, shapes)
			r.passed = r.wrong == ""
			return r
		}
		if most > 0 { // the reason why a program that is fed cannot run
			r.err = err
		}
	}
	return r
}

func isFloatCase(c *onnxtest.Case) bool {
	in := slices.ContainsFunc(c.Inputs, func(t *onnxtest.Tensor) bool { return t.Type.IsFloat() })
	out := !slices.ContainsFunc(c.Outputs, func(t *onnxtest.Tensor) bool { return !t.Type.IsFloat() })
	return in && out && len(c.Outputs) > 0
}

// runFed runs a case with at most so many float inputs fed; all other inputs are fixed.
func runFed(c *onnxtest.Case, most int) (outputs [][]float64, shapes []tensor.Shape, err error) {
	file, err := onnx.Read(c.File)
	if err != nil {
		return nil, nil, err
	}
	feed, err := newFeed(c, most)
	if err != nil {
		return nil, nil, err
	}
	model, err := file.Model(onnx.Options{Fixed: feed.fixed})
	if err != nil {
		return nil, nil, err
	}
	p, err := graph.Build(graph.Config{Model: model, Inputs: feed.inputs, Params: graph.NewParams(feed.dtype, 1), Mode: graph.Eval})
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	if err := p.RunNamed(feed.values); err != nil {
		return nil, nil, err
	}
	for _, out := range p.Outputs {
		outputs, shapes = append(outputs, numbersOf(out.Node)), append(shapes, out.Node.Shape())
	}
	return outputs, shapes, nil
}

// A feed is the inputs of a case: those of a program, and those that are fixed.
type feed struct {
	dtype  tensor.Dtype
	inputs []graph.Input
	values map[string]*tensor.Dense
	fixed  map[string]*tensor.Dense
}

func newFeed(c *onnxtest.Case, most int) (*feed, error) {
	f := &feed{dtype: tensor.Float32, values: make(map[string]*tensor.Dense), fixed: make(map[string]*tensor.Dense)}
	if slices.ContainsFunc(slices.Concat(c.Inputs, c.Outputs), func(t *onnxtest.Tensor) bool { return t.Type == onnxfile.Double }) {
		f.dtype = tensor.Float64
	}
	initializers := make(map[string]bool)
	for _, t := range c.Model.Graph.Initializers {
		initializers[t.Name] = true
	}
	for _, t := range c.Inputs {
		if initializers[t.Name] || t.Type == onnxfile.Undefined || t.Type == onnxfile.String {
			continue // the model says what is wrong with an input that is no tensor of numbers
		}
		isFed := t.Type.IsFloat() && len(f.inputs) < most && len(t.Numbers) > 0
		if err := f.add(t, isFed); err != nil {
			return nil, err
		}
	}
	if len(f.inputs) == 0 {
		f.inputs = []graph.Input{{Name: "nothing", Shape: tensor.Shape{1}}}
		f.values["nothing"] = tensor.New(tensor.Of(f.dtype), tensor.WithShape(1))
	}
	return f, nil
}

func (f *feed) add(t *onnxtest.Tensor, isFed bool) (err error) {
	shape, kind := slices.Clone(t.Shape), tensor.Float64
	if len(shape) == 0 {
		shape = []int{1}
	}
	if isFed {
		kind = f.dtype
	}
	v := tensor.New(tensor.WithShape(shape...), tensor.Of(kind))
	if len(t.Numbers) > 0 {
		if v, err = tensors.FromSlice(kind, t.Numbers, shape...); err != nil {
			return err
		}
	}
	if isFed {
		f.inputs, f.values[t.Name] = append(f.inputs, graph.Input{Name: t.Name, Shape: shape}), v
	} else {
		f.fixed[t.Name] = v
	}
	return nil
}

func numbersOf(n *gorgonia.Node) []float64 {
	switch data := n.Value().Data().(type) {
	case []float32:
		list := make([]float64, len(data))
		for i, v := range data {
			list[i] = float64(v)
		}
		return list
	case []float64:
		return slices.Clone(data)
	case float32:
		return []float64{float64(data)}
	case float64:
		return []float64{data}
	}
	return nil
}

// compare says what is wrong with the outputs; "" if nothing is. Sums in float32 are right to some 1e-6 of their largest element;
// functions of numbers with 16 bits to 1e-3.
func compare(c *onnxtest.Case, got [][]float64, shapes []tensor.Shape) string {
	for i, want := range c.Outputs {
		if i >= len(got) {
			return fmt.Sprintf("got %d outputs, want %d", len(got), len(c.Outputs))
		}
		shape := want.Shape
		if len(shape) == 0 {
			shape = []int{1}
		}
		if want.Numbers == nil || !slices.Equal(shapes[i], shape) || len(got[i]) != len(want.Numbers) {
			return fmt.Sprintf("output %d: got shape %v, want %v of %v", i, shapes[i], want.Shape, want.Type)
		}
		bound := map[onnxfile.Type]float64{onnxfile.Float: 2e-5, onnxfile.Double: 1e-6, onnxfile.Float16: 2e-3, onnxfile.BFloat16: 1e-2}[want.Type]
		if strings.Contains(c.Name, "window") {
			bound = 1e-3 // ONNX's own: the outputs were computed with 3.1415 for pi, and the graphs have all digits
		}
		largest := 0.0
		for _, v := range want.Numbers {
			if !math.IsInf(v, 0) && v == v {
				largest = max(largest, math.Abs(v))
			}
		}
		for k, v := range want.Numbers {
			g := got[i][k]
			same := g == v || g != g && v != v
			if !same && !(math.Abs(g-v) <= bound*max(largest*0.05, math.Abs(v))) {
				return fmt.Sprintf("output %d[%d]: got %g, want %g", i, k, g, v)
			}
		}
	}
	return ""
}

// Every test of ONNX passes, or is refused with a reason that names an operation; none gives wrong numbers.
func TestConformance(t *testing.T) {
	list := runConformance(t)
	counts := make(map[string][2]int)
	for _, r := range list {
		folder := path.Dir(r.name)
		for _, group := range []string{folder, folder + " float"} {
			if group != folder && !r.float {
				continue
			}
			n := counts[group]
			if n[1]++; r.passed {
				n[0]++
			}
			counts[group] = n
		}
		if r.wrong != "" {
			t.Errorf("%s (%s): %s", r.name, strings.Join(r.ops, ", "), r.wrong)
		}
		if r.err != nil {
			t.Logf("%s (%s) is refused: %v", r.name, strings.Join(r.ops, ", "), r.err)
		}
	}
	t.Logf("passed of all: %v", counts)
	if n := counts["node float"]; float64(n[0]) < 0.9*float64(n[1]) {
		t.Errorf("%d of %d tests of floats pass, want at least nine in ten", n[0], n[1])
	}
}
