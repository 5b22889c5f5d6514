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
	fed    bool // whether a float input was fed to the program, and not known when it was drawn
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
		var fed int
		var outputs [][]float64
		var shapes []tensor.Shape
		fed, outputs, shapes, r.err = runFed(c, most)
		if r.err == nil {
			r.fed = fed > 0
			r.wrong = compare(c, outputs, shapes)
			r.passed = r.wrong == ""
			return r
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
func runFed(c *onnxtest.Case, most int) (fed int, outputs [][]float64, shapes []tensor.Shape, err error) {
	file, err := onnx.Read(c.File)
	if err != nil {
		return 0, nil, nil, err
	}
	dt := tensor.Float32
	initializers := make(map[string]bool)
	for _, t := range c.Model.Graph.Initializers {
		initializers[t.Name] = true
	}
	options, values := onnx.Options{Fixed: make(map[string]*tensor.Dense)}, make(map[string]*tensor.Dense)
	var inputs []graph.Input
	for _, t := range append(slices.Clone(c.Inputs), c.Outputs...) {
		if t.Type == onnxfile.Double {
			dt = tensor.Float64
		}
	}
	for _, t := range c.Inputs {
		if initializers[t.Name] {
			continue
		}
		if t.Numbers == nil {
			return 0, nil, nil, fmt.Errorf("input %q is no tensor of numbers", t.Name)
		}
		isFed := t.Type.IsFloat() && len(inputs) < most && len(t.Numbers) > 0
		shape, kind := slices.Clone(t.Shape), tensor.Float64
		if len(shape) == 0 && isFed {
			shape = []int{1}
		}
		if isFed {
			kind = dt
		}
		var v *tensor.Dense
		if len(t.Numbers) == 0 || len(shape) == 0 {
			v = tensor.New(tensor.WithShape(max(1, len(t.Numbers))), tensor.WithBacking(append(slices.Clone(t.Numbers), 0)[:max(1, len(t.Numbers))]))
			if len(t.Numbers) == 0 {
				return 0, nil, nil, fmt.Errorf("input %q is empty", t.Name)
			}
		} else if v, err = tensors.FromSlice(kind, t.Numbers, shape...); err != nil {
			return 0, nil, nil, err
		}
		if isFed {
			inputs, values[t.Name] = append(inputs, graph.Input{Name: t.Name, Shape: shape}), v
		} else {
			options.Fixed[t.Name] = v
		}
	}
	fed = len(inputs)
	if fed == 0 {
		inputs = []graph.Input{{Name: "nothing", Shape: tensor.Shape{1}}}
		values["nothing"] = tensor.New(tensor.Of(dt), tensor.WithShape(1))
	}
	model, err := file.Model(options)
	if err != nil {
		return 0, nil, nil, err
	}
	p, err := graph.Build(graph.Config{Model: model, Inputs: inputs, Params: graph.NewParams(dt, 1), Mode: graph.Eval})
	if err != nil {
		return 0, nil, nil, err
	}
	if err := p.RunNamed(values); err != nil {
		return 0, nil, nil, err
	}
	for _, out := range p.Outputs {
		outputs, shapes = append(outputs, numbersOf(out.Node)), append(shapes, out.Node.Shape())
	}
	return fed, outputs, shapes, nil
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
		if os.Getenv("ONNX_VERBOSE") != "" && r.err != nil {
			fmt.Printf("ERR %v %s (%s): %v\n", r.float, r.name, strings.Join(r.ops, ","), r.err)
		}
		if os.Getenv("ONNX_VERBOSE") != "" && r.passed && !r.fed && r.float {
			fmt.Printf("NOTFED %s\n", r.name)
		}
	}
	t.Logf("passed of all: %v", counts)
}
