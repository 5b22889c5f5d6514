package structure_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// Normalisations that are written out, in ways that people write them, belong to the layer before.
func TestWrittenNormalisations(t *testing.T) {
	stat := func(f func(*gorgonia.Node, ...int) (*gorgonia.Node, error), x *gorgonia.Node, axis int) *gorgonia.Node {
		return must(f(x, axis))
	}
	pattern := func(axis int) []byte { return []byte{byte(axis)} }
	eps := gorgonia.NewConstant(1e-5)
	cases := map[string]struct {
		write func(x *gorgonia.Node) *gorgonia.Node
		want  structure.NormKind
	}{
		"stock, over features":  {func(x *gorgonia.Node) *gorgonia.Node { return standardised(x, 1) }, structure.LayerNorm},
		"stock, over the batch": {func(x *gorgonia.Node) *gorgonia.Node { return standardised(x, 0) }, structure.BatchNorm},
		"with the inverse of the deviation": {func(x *gorgonia.Node) *gorgonia.Node {
			centred := must(op.BroadcastSub(x, must(op.ReduceMean(x, []int{1}, true))))
			variance := must(op.ReduceMean(must(op.Mul(centred, centred)), []int{1}, true))
			return must(op.BroadcastMul(centred, must(gorgonia.InverseSqrt(must(gorgonia.Add(variance, eps))))))
		}, structure.LayerNorm},
		"with a power": {func(x *gorgonia.Node) *gorgonia.Node {
			centred := must(op.BroadcastSub(x, must(op.ReduceMean(x, []int{0}, true))))
			variance := must(op.ReduceMean(must(gorgonia.Pow(centred, gorgonia.NewConstant(2.0))), []int{0}, true))
			return must(op.BroadcastMul(centred, must(gorgonia.Pow(must(gorgonia.Add(variance, eps)), gorgonia.NewConstant(-0.5)))))
		}, structure.BatchNorm},
		"with the mean of squares": {func(x *gorgonia.Node) *gorgonia.Node {
			mean := must(op.ReduceMean(x, []int{1}, true))
			variance := must(gorgonia.Sub(must(op.ReduceMean(must(gorgonia.Square(x)), []int{1}, true)), must(gorgonia.Square(mean))))
			return must(op.BroadcastDiv(must(op.BroadcastSub(x, mean)), must(gorgonia.Sqrt(must(gorgonia.Add(variance, eps))))))
		}, structure.LayerNorm},
		"over the ranks": {func(x *gorgonia.Node) *gorgonia.Node {
			centred := must(op.BroadcastSub(x, must(op.RankMean(must(op.ReduceMean(x, []int{0}, true)), oneRank{}))))
			variance := must(op.RankMean(must(op.ReduceMean(must(op.Mul(centred, centred)), []int{0}, true)), oneRank{}))
			return must(op.BroadcastMul(centred, must(op.RStdOf(variance, 1e-5))))
		}, structure.BatchNorm},
		"without a mean": {func(x *gorgonia.Node) *gorgonia.Node {
			return must(op.BroadcastDiv(x, must(gorgonia.Sqrt(must(op.ReduceMean(must(gorgonia.Square(x)), []int{1}, true))))))
		}, structure.RMSNorm},
		"of columns": {func(x *gorgonia.Node) *gorgonia.Node {
			return standardised(x, 0)
		}, structure.BatchNorm},
		"a softmax is none": {func(x *gorgonia.Node) *gorgonia.Node { return writtenSoftmax(x) }, structure.NoNorm},
		"a division by the mean is none": {func(x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.BroadcastHadamardDiv(x, stat(gorgonia.Mean, x, 1), nil, pattern(1)))
		}, structure.NoNorm},
	}
	for name, c := range cases {
		s := newSketch()
		y := c.write(s.affine(s.input("x", 4, 6), "layer", 5))
		gain, shift := s.weight("gain", 1, 5), s.weight("shift", 1, 5)
		a := must(gorgonia.Tanh(must(op.BroadcastAdd(must(op.BroadcastMul(y, gain)), shift))))
		net := s.find(t, s.affine(a, "out", 2))
		l := net.Layers[0]
		if l.Norm != c.want {
			t.Errorf("%s: found %v, want %v", name, l.Norm, c.want)
		}
		if followed := l.Act == a && len(l.Gain) == 1 && len(l.Shift) == 1 && l.Gain[0] == gain && l.Shift[0] == shift; followed != (c.want != structure.NoNorm) {
			t.Errorf("%s: followed to the activation: %v\n%v", name, followed, net)
		}
		if len(net.Unreached()) > 0 || net.Depth() != 2 {
			t.Errorf("%s: found\n%v", name, net)
		}
	}
}

// standardised is (x - mean)/deviation along an axis of a matrix, of Gorgonia's operations.
func standardised(x *gorgonia.Node, axis int) *gorgonia.Node {
	along := []byte{byte(axis)}
	centred := must(gorgonia.BroadcastSub(x, must(gorgonia.Mean(x, axis)), nil, along))
	variance := must(gorgonia.Mean(must(gorgonia.Square(centred)), axis))
	deviation := must(gorgonia.Sqrt(must(gorgonia.Add(variance, gorgonia.NewConstant(1e-5)))))
	return must(gorgonia.BroadcastHadamardDiv(centred, deviation, nil, along))
}

func TestNormalisationByUnitAxis(t *testing.T) {
	s := newSketch()
	columns := must(gorgonia.Mul(s.weight("w", 5, 6), s.input("x", 6, 4))) // units are rows
	for axis, want := range []structure.NormKind{structure.LayerNorm, structure.BatchNorm} {
		net := s.find(t, must(gorgonia.Tanh(standardised(columns, axis))))
		if got := net.Layers[0].Norm; got != want && len(net.Layers) == 1 {
			t.Errorf("of columns along axis %d: found %v, want %v", axis, got, want)
		}
	}
}

// oneRank is a process alone.
type oneRank struct{}

func (oneRank) Samples() (own, all int) { return 1, 1 }
func (oneRank) Sum([]float64) error     { return nil }
