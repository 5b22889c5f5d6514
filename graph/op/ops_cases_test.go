package op_test

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// An opCase is a constructor with certain attributes, to be called on the nodes of square.
type opCase struct {
	op, name string
	in       string // the nodes it takes, each by its letter
	draw     func(in gorgonia.Nodes) (*gorgonia.Node, error)
	noGrad   bool
}

// square gives nodes that suit every op: x and y are (4, 4), v and w (4), c and d (2, 2, 2), and l are 4 labels. Images i are
// (2, 4, 5, 4), and sequences s (2, 4, 5), with windows k (4, 4, 3, 3) and, for two groups, g (4, 2, 3, 2) and t (4, 2, 3). A
// recurrence takes r (2, 3, 4) and, with one unit, u (4, 1), or e (2). Packed queries p are (2, 3, 12), and n are the lengths 1 and 2, and f is
// (2, 2, 2). All but the labels and lengths are between 0.1 and 0.9, so that they will do as
// probabilities and variances.
func square() map[rune]*gorgonia.Node { return squareOf(tensor.Float64) }

func squareOf(dt tensor.Dtype) map[rune]*gorgonia.Node {
	g := gorgonia.NewGraph()
	return map[rune]*gorgonia.Node{
		'x': input(g, "x", copyOf(dt, uniform(1, 4, 4))), 'y': input(g, "y", copyOf(dt, uniform(2, 4, 4))),
		'v': input(g, "v", copyOf(dt, uniform(3, 4))), 'w': input(g, "w", copyOf(dt, uniform(4, 4))),
		'l': input(g, "l", newLabels(3, 0, 1, 1)),
		'c': input(g, "c", copyOf(dt, uniform(5, 2, 2, 2))), 'd': input(g, "d", copyOf(dt, uniform(6, 2, 2, 2))),
		'f': input(g, "f", copyOf(dt, uniform(16, 2, 2, 2))),
		'i': input(g, "i", copyOf(dt, uniform(7, 2, 4, 5, 4))), 's': input(g, "s", copyOf(dt, uniform(8, 2, 4, 5))),
		'k': input(g, "k", copyOf(dt, uniform(9, 4, 4, 3, 3))), 'g': input(g, "g", copyOf(dt, uniform(10, 4, 2, 3, 2))),
		't': input(g, "t", copyOf(dt, uniform(11, 4, 2, 3))),
		'e': input(g, "e", copyOf(dt, uniform(14, 2))),
		'r': input(g, "r", copyOf(dt, uniform(12, 2, 3, 4))), 'u': input(g, "u", copyOf(dt, uniform(13, 4, 1))),
		'p': input(g, "p", copyOf(dt, uniform(15, 2, 3, 12))), 'n': input(g, "n", newLabels(1, 2)),
	}
}

// on gives the nodes that the case takes.
func (c opCase) on(nodes map[rune]*gorgonia.Node) (in gorgonia.Nodes) {
	for _, letter := range c.in {
		in = append(in, nodes[letter])
	}
	return in
}

// by is the input to take the gradient by: x, or the first if x is none of them.
func (c opCase) by(nodes map[rune]*gorgonia.Node) *gorgonia.Node { return nodes[c.letter()] }

func (c opCase) letter() rune {
	if strings.Contains(c.in, "x") {
		return 'x'
	}
	return rune(c.in[0])
}

// Short forms of constructors, by what they take.
type (
	unary  = func(x *gorgonia.Node) (*gorgonia.Node, error)
	binary = func(a, b *gorgonia.Node) (*gorgonia.Node, error)
)

func unaryCase(op, name string, f unary) opCase {
	return opCase{op: op, name: name, in: "x", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0]) }}
}

func binaryCase(op, name, in string, f binary) opCase {
	return opCase{op: op, name: name, in: in, draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1]) }}
}

// opCases has every constructor, with attributes near each other.
func opCases() (cases []opCase) {
	for _, a := range activations {
		cases = append(cases, unaryCase("Activate", fmt.Sprint(a.a, a.alpha),
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(a.a, a.alpha, x) }))
	}
	for _, factor := range []float64{2, 2.0000000000000004} {
		cases = append(cases,
			unaryCase("Scale", fmt.Sprint(factor), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Scale(x, factor) }))
	}
	cases = append(cases,
		unaryCase("Softmax", "", op.Softmax),
		unaryCase("RankMean", "", func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.RankMean(x, threeRanks{}) }),
		unaryCase("LogSoftmax", "", op.LogSoftmax),
		binaryCase("Add", "", "xy", op.Add),
		binaryCase("Mul", "", "xy", op.Mul),
		binaryCase("Mul", "other way", "yx", op.Mul),
		binaryCase("Linear", "no bias", "xy", func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return op.Linear(x, w, nil) }),
		opCase{op: "Linear", in: "xyv", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Linear(in[0], in[1], in[2]) }},
		binaryCase("MatMul", "tn", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, true, false) }),
		binaryCase("MatMul", "nt", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, false, true) }),
		binaryCase("MatMul", "tt", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, true, true) }))
	cases = append(cases, binaryCase("SwiGLU", "", "xy", op.SwiGLU))
	return slices.Concat(cases, lossOpCases(), normOpCases(), tensorOpCases(), convOpCases(), poolOpCases(), recurrentOpCases(), lruOpCases(), stepOpCases(),
		sequenceOpCases(), attentionOpCases(), mapOpCases(), noGradOpCases())
}

// threeRanks have each the same numbers, and 2 samples of 6.
type threeRanks struct{}

func (threeRanks) Samples() (own, all int) { return 2, 6 }
func (threeRanks) Sum(numbers []float64) error {
	for i := range numbers {
		numbers[i] *= 3
	}
	return nil
}

func lossOpCases() (cases []opCase) {
	for _, r := range reductions {
		loss := func(op, name, in string, f func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error)) {
			cases = append(cases, binaryCase(op, name+r.String(), in,
				func(x, target *gorgonia.Node) (*gorgonia.Node, error) { return f(x, target, r) }))
		}
		loss("MSE", "", "xy", op.MSE)
		loss("MAE", "", "xy", op.MAE)
		loss("BCE", "", "xy", op.BCE)
		loss("BCEWithLogits", "", "xy", op.BCEWithLogits)
		for _, weight := range []float64{2, 2.0000000000000004} {
			loss("WeightedBCEWithLogits", fmt.Sprint(weight), "xy", func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
				return op.WeightedBCEWithLogits(x, target, weight, r)
			})
		}
		for _, delta := range []float64{0.1, 0.2} {
			loss("Huber", fmt.Sprint(delta), "xy", func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
				return op.Huber(x, target, delta, r)
			})
		}
		for _, in := range []string{"xl", "xy"} {
			loss("CrossEntropyProbs", in, in, op.CrossEntropyProbs)
			for _, smoothing := range []float64{0, 0.1} {
				loss("CrossEntropy", fmt.Sprint(in, smoothing), in, func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
					return op.CrossEntropy(x, target, r, smoothing)
				})
			}
		}
	}
	return cases
}

func normOpCases() (cases []opCase) {
	for _, eps := range []float64{1e-5, 1e-3} {
		cases = append(cases, opCase{op: "RStdOf", name: fmt.Sprint(eps), in: "v",
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RStdOf(in[0], eps) }})
	}
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures, op.OverImages, op.OverGroups(2)} {
		in := "xvwvw"
		if axis >= op.OverImages {
			in = "ivwvw"
		}
		for _, frozen := range []bool{false, true} {
			cases = append(cases, opCase{op: "Normalize", name: fmt.Sprint(axis, frozen), in: in,
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					return op.Normalize(in[0], in[1], in[2], in[3], in[4], axis, frozen)
				}})
		}
	}
	return cases
}

func tensorOpCases() (cases []opCase) {
	for _, f := range []struct {
		op, name string
		reduce   func(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error)
	}{{"ReduceSum", "reduce_sum", op.ReduceSum}, {"ReduceMean", "reduce_mean", op.ReduceMean}, {"ReduceMax", "reduce_max", op.ReduceMax}} {
		for _, axes := range [][]int{{0}, {1}, {0, 1}} {
			for _, keep := range []bool{false, true} {
				cases = append(cases, unaryCase(f.op, fmt.Sprint(axes, keep),
					func(x *gorgonia.Node) (*gorgonia.Node, error) { return f.reduce(x, axes, keep) }))
			}
		}
	}
	for _, in := range []string{"xv", "vx", "xy"} {
		cases = append(cases,
			binaryCase("BroadcastAdd", in, in, op.BroadcastAdd), binaryCase("BroadcastSub", in, in, op.BroadcastSub),
			binaryCase("BroadcastMul", in, in, op.BroadcastMul), binaryCase("BroadcastDiv", in, in, op.BroadcastDiv))
	}
	for _, trans := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
		cases = append(cases, binaryCase("BatchedMatMul", fmt.Sprint(trans), "cd",
			func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.BatchedMatMul(a, b, trans[0], trans[1]) }))
	}
	return append(cases, binaryCase("Embedding", "", "xl", op.Embedding))
}

// stepOpCases are parts of unrolled recurrences.
func stepOpCases() (cases []opCase) {
	for _, step := range []int{0, 1} {
		for _, name := range []string{"a", "b"} {
			cases = append(cases,
				unaryCase("Step", fmt.Sprint(name, step), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Step(x, name, step) }),
				unaryCase("CutStep", fmt.Sprint(name, step), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.CutStep(x, name, step) }))
		}
		cases = append(cases, unaryCase("StepOf", fmt.Sprint(step), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.StepOf(x, step) }))
	}
	inner := binaryCase("Inner", "", "xy", op.Inner)
	inner.noGrad = true // TestInner
	return append(cases, inner,
		binaryCase("Stack", "", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.Stack(a, b) }),
		unaryCase("Stack", "one", func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Stack(x) }))
}

// noGradOpCases are parts of gradients, and statistics whose gradient is part of that of Normalize.
func noGradOpCases() (cases []opCase) {
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures, op.OverImages, op.OverGroups(2)} {
		x := "x"
		if axis >= op.OverImages {
			x = "i"
		}
		cases = append(cases, opCase{op: "Mean", name: axis.String(), in: x,
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Mean(in[0], axis) }})
		for _, eps := range []float64{1e-5, 1e-3} {
			cases = append(cases, binaryCase("RStd", fmt.Sprint(axis, eps), x+"v",
				func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.RStd(x, mean, axis, eps) }))
		}
		if axis == op.OverBatch || axis == op.OverImages {
			cases = append(cases, binaryCase("UnbiasedVar", axis.String(), x+"v",
				func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.UnbiasedVar(x, mean, axis) }))
		}
	}
	for _, elements := range []int{3, 4} {
		cases = append(cases, opCase{op: "RankUnbiased", name: fmt.Sprint(elements), in: "v",
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RankUnbiased(in[0], elements, threeRanks{}) }})
	}
	for _, share := range []float64{0.1, 0.2} {
		cases = append(cases, binaryCase("Lerp", fmt.Sprint(share), "xy",
			func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.Lerp(a, b, share) }))
	}
	for _, m := range []struct {
		p            float64
		name         string
		seed1, seed2 uint64
	}{{0.5, "a", 1, 2}, {0.4, "a", 1, 2}, {0.5, "b", 1, 2}, {0.5, "a", 2, 2}, {0.5, "a", 1, 1}} {
		cases = append(cases, unaryCase("DropoutMask", fmt.Sprint(m),
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return op.DropoutMask(x, m.p, m.name, m.seed1, m.seed2)
			}))
	}
	for _, axes := range []int{0, 1} {
		cases = append(cases, unaryCase("SliceDropoutMask", fmt.Sprint(axes),
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.SliceDropoutMask(x, axes, 0.5, "a", 1, 2) }))
	}
	cases = append(cases, opCase{op: "ToFloat", in: "l",
		draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.ToFloat(in[0], tensor.Float64) }})
	cases = append(cases, unaryCase("SumRows", "", op.SumRows))
	for i := range cases {
		cases[i].noGrad = true
	}
	return cases
}
