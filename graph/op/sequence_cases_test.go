package op_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// sequenceOpCases are the operations of layers that read sequences.
func sequenceOpCases() (cases []opCase) {
	for _, eps := range []float64{1e-5, 1e-3} {
		cases = append(cases, binaryCase("RMSNorm", fmt.Sprint(eps), "xv",
			func(x, gain *gorgonia.Node) (*gorgonia.Node, error) { return op.RMSNorm(x, gain, eps) }))
	}
	for _, r := range []struct {
		heads int
		base  float64
	}{{1, 10}, {1, 11}, {2, 10}} {
		cases = append(cases, opCase{op: "Rotate", name: fmt.Sprint(r), in: "p",
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Rotate(in[0], r.heads, r.base) }})
	}
	for _, r := range reductions {
		for _, smoothing := range []float64{0, 0.1} {
			cases = append(cases, binaryCase("PaddedCrossEntropy", fmt.Sprint(r, smoothing), "xl",
				func(x, labels *gorgonia.Node) (*gorgonia.Node, error) {
					return op.PaddedCrossEntropy(x, labels, r, smoothing)
				}))
		}
	}
	return append(cases, opCase{op: "CountLabels", in: "l", noGrad: true,
		draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.CountLabels(in[0], tensor.Float64) }})
}

func sequenceCases() (cases []gradientCase) {
	for _, s := range []tensor.Shape{{1, 1}, {2, 3}, {4, 7}, {2, 3, 4}} {
		for _, eps := range []float64{1e-5, 0.3} {
			cases = append(cases, gradientCase{op: "RMSNorm", name: fmt.Sprint(s, eps), in: []*tensor.Dense{randn(1, s...), randn(2, s[len(s)-1])},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RMSNorm(in[0], in[1], eps) }})
		}
	}
	for _, c := range []struct {
		shape tensor.Shape
		heads int
	}{{tensor.Shape{1, 1, 2}, 1}, {tensor.Shape{2, 3, 8}, 2}, {tensor.Shape{1, 5, 6}, 1}} {
		cases = append(cases, gradientCase{op: "Rotate", name: fmt.Sprint(c.shape), in: []*tensor.Dense{randn(1, c.shape...)},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Rotate(in[0], c.heads, 100) }})
	}
	padded := tensor.New(tensor.WithShape(3, 4), tensor.WithBacking([]int{0, 2, -1, -1, -1, 1, 2, -1, -1, -1, -1, -1}))
	for _, r := range reductions {
		labels := tensor.New(tensor.WithShape(2, 4), tensor.WithBacking([]int{0, 2, 1, 1, 2, 0, 0, 1}))
		for name, target := range map[string]*tensor.Dense{"labels": labels, "distributions": uniform(7, 2, 4, 3)} {
			cases = append(cases, gradientCase{op: "CrossEntropy", name: fmt.Sprint("sequences ", name, " ", r),
				in: []*tensor.Dense{randn(8, 2, 4, 3), target}, fixed: []int{1},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.CrossEntropy(in[0], in[1], r, 0.1) }})
		}
		for _, smoothing := range []float64{0, 0.1} {
			cases = append(cases, gradientCase{op: "PaddedCrossEntropy", name: fmt.Sprint(r, smoothing),
				in: []*tensor.Dense{randn(8, 3, 4, 3), padded}, fixed: []int{1},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					return op.PaddedCrossEntropy(in[0], in[1], r, smoothing)
				}})
		}
	}
	return cases
}

// The product of a rotated query and a rotated key depends on the distance of their positions alone, and the first position is not
// turned. The angles of position t and pair i are t·base^(-2i/d).
func TestRotatedProductsDependOnTheDistance(t *testing.T) {
	const time, d, base = 6, 4, 50.0
	same := func(seed uint64) *tensor.Dense { // one vector at each position
		v, x := randn(seed, d).Float64s(), make([]float64, 0, time*d)
		for range time {
			x = append(x, v...)
		}
		return newTensor(tensor.Float64, x, 1, time, d)
	}
	in := inputs(same(1), same(2))
	q, k := must(t)(op.Rotate(in[0], 1, base)), must(t)(op.Rotate(in[1], 1, base))
	products := must(t)(op.BatchedMatMul(q, k, false, true))
	run(t, q, products)
	p := floats(t, products)
	for i := range time {
		for j := range time {
			first := p[(i-min(i, j))*time+j-min(i, j)]
			if got := p[i*time+j]; math.Abs(got-first) > 1e-12 {
				t.Errorf("the product of query %d and key %d is %g, want %g", i, j, got, first)
			}
		}
	}
	x, y := in[0].Value().Data().([]float64), floats(t, q)
	for pos := range time {
		for i := range d / 2 {
			sin, cos := math.Sincos(float64(pos) * math.Pow(base, -2*float64(i)/d))
			a, b := x[pos*d+i], x[pos*d+i+d/2]
			for at, want := range map[int]float64{i: a*cos - b*sin, i + d/2: a*sin + b*cos} {
				if got := y[pos*d+at]; math.Abs(got-want) > 1e-12 {
					t.Errorf("element %d at position %d is %g, want %g", at, pos, got, want)
				}
			}
		}
	}
}

// The rows of a normalisation by the root mean square have that of the gain.
func TestRMSNormValues(t *testing.T) {
	in := inputs(newTensor(tensor.Float64, []float64{3, 4, 0, 0, 1, 1, 1, 1}, 2, 4), newTensor(tensor.Float64, []float64{1, 2, 1, 1}, 4))
	y := must(t)(op.RMSNorm(in[0], in[1], 0))
	run(t, y)
	want := []float64{1.2, 3.2, 0, 0, 1, 2, 1, 1} // the root mean square of 3, 4, 0, 0 is 2.5
	for i, v := range floats(t, y) {
		if math.Abs(v-want[i]) > 1e-15 {
			t.Errorf("element %d is %g, want %g", i, v, want[i])
		}
	}
}

// Positions of padding change neither loss nor gradient, and means are over the others.
func TestPaddedCrossEntropy(t *testing.T) {
	z := randn(1, 5, 3)
	kept := newTensor(tensor.Float64, append(append([]float64(nil), z.Float64s()[:6]...), z.Float64s()[9:12]...), 3, 3)
	for _, r := range []op.Reduction{op.MeanReduction, op.SumReduction} {
		in := inputs(z, newLabels(2, 0, -1, 1, -1))
		loss := must(t)(op.PaddedCrossEntropy(in[0], in[1], r, 0.1))
		count := must(t)(op.CountLabels(in[1], tensor.Float64))
		dz := grad(t, loss, in[0])[0]
		run(t, loss, dz, count)
		short := inputs(kept, newLabels(2, 0, 1))
		want := must(t)(op.CrossEntropy(short[0], short[1], r, 0.1))
		dwant := grad(t, want, short[0])[0]
		run(t, want, dwant)
		got, w := floats(t, dz), floats(t, dwant)
		together := append(append(append(append([]float64(nil), w[:6]...), 0, 0, 0), w[6:]...), 0, 0, 0)
		if floats(t, loss)[0] != floats(t, want)[0] || !slices.Equal(got, together) || floats(t, count)[0] != 3 {
			t.Errorf("%v: loss %v, gradient %v of %v labels, want %v and %v of 3", r, floats(t, loss), got, floats(t, count), floats(t, want), together)
		}
	}
	for _, label := range []int{-2, 3} {
		in := inputs(z, newLabels(2, 0, -1, label, -1))
		loss := must(t)(op.PaddedCrossEntropy(in[0], in[1], op.MeanReduction, 0))
		err := machine.New(loss.Graph(), loss).RunAll()
		if err == nil || !strings.Contains(err.Error(), "label of position 3") || !strings.Contains(err.Error(), "-1 for padding") {
			t.Errorf("label %d: got error %v", label, err)
		}
	}
}

func TestWrongSequences(t *testing.T) {
	rotate := func(heads int, base float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Rotate(x, heads, base) }
	}
	odd := func(a, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.Rotate(a, 2, 10) }
	ce := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropy(x, y, op.MeanReduction, 0) }
	padded := func(x, y *gorgonia.Node) (*gorgonia.Node, error) {
		return op.PaddedCrossEntropy(x, y, op.MeanReduction, 0)
	}
	count := func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.CountLabels(x, tensor.Float64) }
	rms := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.RMSNorm(x, y, 0) }
	checkMistakes(t, []mistake{
		wrongParameter("no heads", rotate(0, 10), "rotate", "got 0 heads"),
		wrongParameter("base 0", rotate(1, 0), "rotate", "base 0"),
		wrongParameter("rows", rotate(1, 10), "rotate", "(4, 4)", "3 dimensions"),
		wrong("distributions with padding", randn(1, 2, 3), randn(1, 2, 3), padded, "padded_cross_entropy", "float64", "int"),
		wrongParameter("count of numbers", count, "count_labels", "float64", "int"),
		wrong("heads of an odd width", randn(1, 2, 3, 6), randn(1, 2), odd, "rotate", "(2, 3, 6)", "multiple of 4"),
		wrong("gain of another width", randn(1, 2, 3), randn(1, 2), rms, "rms_norm", "(2)", "(3)"),
		wrong("labels of other sequences", randn(1, 2, 3, 4), tensor.New(tensor.WithShape(2, 4), tensor.WithBacking(make([]int, 8))), ce,
			"cross_entropy", "(2, 4)", "(2, 3) class labels"),
	})
}
