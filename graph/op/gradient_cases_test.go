package op_test

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A gradientCase is an op on some inputs. The gradient is checked by each input of floats that is not fixed.
type gradientCase struct {
	op    string // the constructor
	name  string
	in    []*tensor.Dense
	fixed []int
	draw  func(in gorgonia.Nodes) (*gorgonia.Node, error)
}

// gradientCases has every constructor whose node is differentiable; TestEveryOpIsChecked sees to it.
func gradientCases() []gradientCase {
	return slices.Concat(elementwiseCases(), rowCases(), matrixCases(), normCases(), lossCases(), classLossCases(),
		reduceCases(), broadcastCases(), tableCases(), convCases(), poolCases(), recurrentCases(), lruCases(), stepCases(),
		sequenceCases(), attentionCases(), gatedCases(), mapGradientCases())
}

// stepCases are parts of unrolled recurrences.
func stepCases() (cases []gradientCase) {
	for _, s := range shapes {
		x, y := randn(1, s...), randn(2, s...)
		add := func(op string, draw func(in gorgonia.Nodes) (*gorgonia.Node, error), in ...*tensor.Dense) {
			cases = append(cases, gradientCase{op: op, name: fmt.Sprint(s), in: in, draw: draw})
		}
		add("Step", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Step(in[0], "h", 3) }, x)
		add("CutStep", func(in gorgonia.Nodes) (*gorgonia.Node, error) { // TestCutStepEndsTheGradient checks it alone
			cut, err := op.CutStep(in[0], "h", 3)
			if err != nil {
				return nil, err
			}
			if cut, err = op.Scale(cut, 0); err != nil {
				return nil, err
			}
			return op.Add(in[0], cut)
		}, x)
		add("StepOf", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.StepOf(in[0], s[0]-1) }, x)
		add("Stack", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Stack(in...) }, x, y)
		add("Stack", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Stack(in[0], in[0]) }, x)
	}
	return cases
}

func elementwiseCases() (cases []gradientCase) {
	for _, s := range shapes {
		x, y := randn(1, s...), randn(2, s...)
		add := func(op string, draw func(in gorgonia.Nodes) (*gorgonia.Node, error), in ...*tensor.Dense) {
			cases = append(cases, gradientCase{op: op, name: fmt.Sprint(s), in: in, draw: draw})
		}
		for _, a := range activations {
			add("Activate", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Activate(a.a, a.alpha, in[0]) }, x)
			cases[len(cases)-1].name = fmt.Sprintf("%v(%g) %v", a.a, a.alpha, s)
		}
		add("Add", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Add(in[0], in[1]) }, x, y)
		add("Add", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Add(in[0], in[0]) }, x)
		add("Mul", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Mul(in[0], in[1]) }, x, y)
		add("Mul", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Mul(in[0], in[0]) }, x)
		add("RankMean", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RankMean(in[0], threeRanks{}) }, x)
		add("RStdOf", func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			square, err := op.Mul(in[0], in[0])
			if err != nil {
				return nil, err
			}
			return op.RStdOf(square, 0.1)
		}, x)
		add("Scale", func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Scale(in[0], -1.7) }, x)
		add("DropoutMask", func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			mask, err := op.DropoutMask(in[0], 0, "mask", 1, 2)
			if err != nil {
				return nil, err
			}
			return op.Mul(in[0], mask)
		}, x)
	}
	return cases
}

func rowCases() (cases []gradientCase) {
	for _, s := range shapes {
		for name, f := range map[string]func(*gorgonia.Node) (*gorgonia.Node, error){
			"Softmax": op.Softmax, "LogSoftmax": op.LogSoftmax,
		} {
			cases = append(cases, gradientCase{op: name, name: fmt.Sprint(s), in: []*tensor.Dense{randn(3, s...)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0]) }})
		}
	}
	return cases
}

func matrixCases() (cases []gradientCase) {
	for _, s := range [][3]int{{1, 1, 1}, {2, 3, 4}, {4, 7, 5}, {5, 1, 3}, {5, 3, 1}} {
		m, k, n := s[0], s[1], s[2]
		x, w, b := randn(1, m, k), randn(2, k, n), randn(3, n)
		cases = append(cases,
			gradientCase{op: "Linear", name: fmt.Sprint(s), in: []*tensor.Dense{x, w, b},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Linear(in[0], in[1], in[2]) }},
			gradientCase{op: "Linear", name: fmt.Sprint(s, " no bias"), in: []*tensor.Dense{x, w},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Linear(in[0], in[1], nil) }},
			matMulCase(randn(1, m, k), randn(2, k, n), false, false),
			matMulCase(randn(1, k, m), randn(2, k, n), true, false),
			matMulCase(randn(1, m, k), randn(2, n, k), false, true),
			matMulCase(randn(1, k, m), randn(2, n, k), true, true))
	}
	return cases
}

func matMulCase(a, b *tensor.Dense, transA, transB bool) gradientCase {
	return gradientCase{
		op: "MatMul", name: fmt.Sprintf("%v %v transA=%v transB=%v", a.Shape(), b.Shape(), transA, transB),
		in:   []*tensor.Dense{a, b},
		draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.MatMul(in[0], in[1], transA, transB) },
	}
}

// The gradient of Normalize goes through Mean and RStd too, unless it is frozen. A group of one element is left out: its
// output is the shift, whatever x.
func normCases() (cases []gradientCase) {
	rows, images := []tensor.Shape{{2, 3}, {4, 7}, {6, 2}, {2, 3, 4}}, []tensor.Shape{{3, 2, 3, 5}, {1, 4, 2, 2}, {2, 2, 7}}
	for axis, shapes := range map[op.Axis][]tensor.Shape{
		op.OverBatch: rows, op.OverFeatures: rows, op.OverImages: images, op.OverGroups(2): images, op.OverGroups(1): images,
	} {
		for _, s := range shapes {
			features := s[len(s)-1]
			count := features
			switch {
			case axis >= op.OverImages:
				features, count = s[1], s[1]
				if axis.Groups() > 0 {
					count = s[0] * axis.Groups()
				}
			case axis == op.OverFeatures:
				count = s.TotalSize() / features
			}
			x, gain, shift := randn(1, s...), randn(2, features), randn(3, features)
			mean, rstd := randn(4, count), uniform(5, count)
			name := fmt.Sprintf("%v over %v", s, axis)
			cases = append(cases,
				gradientCase{op: "Normalize", name: name, in: []*tensor.Dense{x, gain, shift},
					draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
						return normalized(in[0], in[1], in[2], axis, 1e-5)
					}},
				gradientCase{op: "Normalize", name: name + " frozen", in: []*tensor.Dense{x, mean, rstd, gain, shift}, fixed: []int{1, 2},
					draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
						return op.Normalize(in[0], in[1], in[2], in[3], in[4], axis, true)
					}})
		}
	}
	return cases
}

// normalized is batch or layer normalisation as a layer draws it.
func normalized(x, gain, shift *gorgonia.Node, axis op.Axis, eps float64) (*gorgonia.Node, error) {
	mean, err := op.Mean(x, axis)
	if err != nil {
		return nil, err
	}
	rstd, err := op.RStd(x, mean, axis, eps)
	if err != nil {
		return nil, err
	}
	return op.Normalize(x, mean, rstd, gain, shift, axis, false)
}

// reductions are all reductions.
var reductions = []op.Reduction{op.MeanReduction, op.SumReduction, op.SampleReduction}

func lossCases() (cases []gradientCase) {
	type loss = func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error)
	huber := func(delta float64) loss {
		return func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
			return op.Huber(x, target, delta, r)
		}
	}
	for _, s := range shapes {
		for _, r := range reductions {
			add := func(name string, f loss, x, target *tensor.Dense) {
				cases = append(cases, gradientCase{op: name, name: fmt.Sprint(s, " ", r), in: []*tensor.Dense{x, target}, fixed: []int{1},
					draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1], r) }})
			}
			x, target := apart(s...)
			add("MSE", op.MSE, x, target)
			add("MAE", op.MAE, x, target)
			add("Huber", huber(1), x, target)
			add("Huber", huber(0.5), x, target)
			add("BCEWithLogits", op.BCEWithLogits, x, uniform(4, s...))
			add("WeightedBCEWithLogits", func(z, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
				return op.WeightedBCEWithLogits(z, target, 3, r)
			}, x, uniform(4, s...))
			add("BCE", op.BCE, uniform(3, s...), uniform(4, s...))
		}
	}
	return cases
}

// apart draws two tensors whose elements differ by ±0.3, ±0.7 and ±1.4: off the kinks of MAE and of Huber with a delta of
// 0.5 and 1.
func apart(shape ...int) (x, target *tensor.Dense) {
	x = randn(6, shape...)
	target = x.Clone().(*tensor.Dense)
	for i, v := range target.Float64s() {
		target.Float64s()[i] = v + []float64{0.3, -0.7, 1.4, -0.3, 0.7, -1.4}[i%6]
	}
	return x, target
}

func classLossCases() (cases []gradientCase) {
	for _, s := range []tensor.Shape{{1, 3}, {2, 3}, {4, 7}, {5, 2}} {
		labels := make([]int, s[0])
		for i := range labels {
			labels[i] = (2*i + 1) % s[1]
		}
		for name, target := range map[string]*tensor.Dense{
			"labels": newLabels(labels...), "distributions": distributions(7, s...), "weights": uniform(7, s...),
		} {
			for _, r := range reductions {
				for _, smoothing := range []float64{0, 0.1} {
					cases = append(cases, gradientCase{op: "CrossEntropy", name: fmt.Sprint(s, " ", name, " ", r, " ", smoothing),
						in: []*tensor.Dense{randn(8, s...), target}, fixed: []int{1},
						draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.CrossEntropy(in[0], in[1], r, smoothing) }})
				}
				cases = append(cases, gradientCase{op: "CrossEntropyProbs", name: fmt.Sprint(s, " ", name, " ", r),
					in: []*tensor.Dense{distributions(9, s...), target}, fixed: []int{1},
					draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.CrossEntropyProbs(in[0], in[1], r) }})
			}
		}
	}
	return cases
}

// distributions draws rows that sum to 1.
func distributions(seed uint64, shape ...int) *tensor.Dense {
	x := uniform(seed, shape...)
	rows, cols := shape[0], shape[1]
	for i := range rows {
		row := x.Float64s()[i*cols : (i+1)*cols]
		var sum float64
		for _, v := range row {
			sum += v
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return x
}
