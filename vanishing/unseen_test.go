package vanishing_test

import (
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// A mystery is a matrix product of unknown kind.
type mystery struct{}

func (mystery) Arity() int { return 2 }
func (mystery) Type() hm.Type {
	m := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	return hm.NewFnType(m, m, m)
}
func (mystery) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{in[0].(tensor.Shape)[0], in[1].(tensor.Shape)[1]}, nil
}
func (mystery) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return in[0].(*tensor.Dense).MatMul(in[1].(*tensor.Dense))
}
func (mystery) ReturnsPtr() bool      { return true }
func (mystery) CallsExtern() bool     { return false }
func (mystery) OverwritesInput() int  { return -1 }
func (mystery) WriteHash(h hash.Hash) { h.Write([]byte("mystery")) }
func (mystery) Hashcode() uint32      { return 7 }
func (mystery) String() string        { return "mystery" }
func (mystery) DiffWRT(int) []bool    { return []bool{true, true} }
func (mystery) SymDiff(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	dx, err := op.MatMul(grad, in[1], false, true)
	if err != nil {
		return nil, err
	}
	dw, err := op.MatMul(in[0], grad, true, false)
	return gorgonia.Nodes{dx, dw}, err
}

// If an unknown operation uses a weight, the verdict is undetermined and vanishtest fails with this reason, even in a network
// without known layers.
func TestUnknownOperationsLeaveTheVerdictOpen(t *testing.T) {
	odd := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		b = b.Scope("odd")
		w := b.Param(graph.Param{Name: "w", Init: initializer.XavierNormal{}, Fan: initializer.Fan{In: x.Shape()[1], Out: 3}}, x.Shape()[1], 3)
		return b.Check(gorgonia.ApplyOp(mystery{}, x, w))
	})
	for name, model := range map[string]graph.Model{
		"alone": odd, "one layer": graph.Sequential{odd, own(3, 0.3)}, "deep": graph.Sequential{own(8, 0.3), graph.Tanh, own(8, 0.3), graph.Tanh, odd},
	} {
		p, _ := observed(t, model)
		expect(t, p, vanishing.Undetermined, "1 weight belongs to no layer", "odd1/w")
		fake := &failures{TB: t}
		vanishtest.Options{NoRemedies: true, Steps: 2}.Healthy(fake, model, structureSet(t))
		if len(fake.texts) != 1 || !strings.Contains(fake.texts[0], "odd1/w") {
			t.Errorf("%s: failures: got %q, want one that names odd1/w", name, fake.texts)
		}
	}
}

// failures collects the failure messages of a test.
type failures struct {
	testing.TB
	texts []string
}

func (*failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}
func (f *failures) Fatalf(format string, args ...any) { f.Errorf(format, args...) }

// The profile holds the largest rate of dropout, by which its loss is judged.
func TestProfileHoldsDropout(t *testing.T) {
	for want, model := range map[float64]graph.Model{
		0:   mlp.Model{Input: 8, Depth: 3, Width: 8, Output: 3},
		0.9: graph.Sequential{graph.Dense{Units: 8}, graph.ReLU, graph.Dropout{P: 0.3}, graph.Dense{Units: 8}, graph.ReLU, graph.Dropout{P: 0.9}, graph.Dense{Units: 3}},
	} {
		if p := trained(t, model, &optim.SGD{LearningRate: 0.1}, &vanishing.Recorder{}); float64(p.Dropout) != want {
			t.Errorf("got a dropout of %g, want %g", p.Dropout, want)
		}
	}
}
