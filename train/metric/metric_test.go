package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

func f64(shape []int, values ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func ints(values ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

// oneHot are logits whose predicted classes are given.
func oneHot(classes int, predicted ...int) *tensor.Dense {
	values := make([]float64, classes*len(predicted))
	for i, class := range predicted {
		values[i*classes+class] = 1
	}
	return f64([]int{len(predicted), classes}, values...)
}

// The values are worked out by hand, or are the examples of scikit-learn's documentation.
func TestValues(t *testing.T) {
	three, threeLabels := oneHot(3, 0, 2, 1, 0, 0, 1), ints(0, 1, 2, 0, 1, 2)
	ranked := f64([]int{2, 3}, 0.2, 0.5, 0.3, 0.1, 0.1, 0.8)
	sure := f64([]int{2, 2}, 0.9, 0.1, 0.8, 0.2)
	y, target := f64([]int{4}, 2.5, 0, 2, 8), f64([]int{4}, 3, -0.5, 2, 7)
	for _, c := range []struct {
		metric         Metric
		output, target *tensor.Dense
		want           float64
	}{
		{Accuracy{}, three, threeLabels, 1. / 3},
		{Accuracy{}, f64([]int{3, 1}, 2, -1, 0), ints(1, 0, 1), 2. / 3}, // a logit of 0 is class 0
		{Accuracy{Probabilities: true}, f64([]int{3}, 0.7, 0.2, 0.6), f64([]int{3}, 1, 0, 0), 2. / 3},
		{Accuracy{}, oneHot(3, 0, 2), oneHot(3, 0, 1), 0.5},
		{Accuracy{}, f64([]int{1, 2, 2}, 1, 0, 1, 0), tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]int{0, 1})), 0.5},
		{Accuracy{}, f64([]int{2, 2}, math.NaN(), 1, 0, 1), ints(1, 1), 0.5},
		{TopK{K: 2}, ranked, ints(2, 1), 0.5}, // the second sample's class 1 comes after its equal
		{TopK{K: 1}, ranked, ints(1, 2), 1},
		{TopK{}, ranked, ints(0, 0), 1},
		{BalancedAccuracy{}, oneHot(2, 0, 1, 0, 0, 0, 1), ints(0, 1, 0, 0, 1, 0), 0.625},
		{Precision{}, three, threeLabels, 2. / 9},
		{Precision{Average: Micro}, three, threeLabels, 1. / 3},
		{Precision{Average: Weighted}, three, threeLabels, 2. / 9},
		{Precision{Average: OneClass, Class: 0}, three, threeLabels, 2. / 3},
		{Recall{}, three, threeLabels, 1. / 3},
		{Recall{Average: OneClass}, three, threeLabels, 1},
		{F1{}, three, threeLabels, 0.8 / 3},
		{F1{Average: Micro}, three, threeLabels, 1. / 3},
		{F1{Average: OneClass, Class: 1}, f64([]int{4, 1}, 1, 1, -1, -1), ints(1, 0, 1, 0), 0.5},
		{F1{}, oneHot(4, 0, 1), ints(0, 0), 1. / 3}, // classes 2 and 3 do not occur: (2/3 + 0)/2
		{AUROC{}, f64([]int{4, 1}, 0.1, 0.4, 0.35, 0.8), ints(0, 0, 1, 1), 0.75},
		{AUROC{}, f64([]int{4, 2}, 0, 0.1, 0, 0.4, 0, 0.35, 0, 0.8), ints(0, 0, 1, 1), 0.75},
		{AUROC{}, f64([]int{3, 1}, 5, 5, 5), ints(0, 1, 1), 0.5},
		{AUROC{}, f64([]int{2, 1}, 1, 2), ints(1, 1), math.NaN()},
		// Class 0 of scores 0.8, 0.3, 0.4 against 0.8: 1; class 1 of 0.1, 0.5, 0.2: 1; class 2 of 0.1, 0.2, 0.4: 1.
		{AUROC{Probabilities: true}, f64([]int{3, 3}, 0.8, 0.1, 0.1, 0.3, 0.5, 0.2, 0.4, 0.2, 0.4), ints(0, 1, 2), 1},
		// Class 0 has the middle score and class 1 the least: 1/2 and 0; class 2 does not occur.
		{AUROC{Probabilities: true}, f64([]int{3, 3}, 0.5, 0.4, 0.1, 0.6, 0.1, 0.3, 0.3, 0.5, 0.2), ints(0, 1, 1), (0.5 + 0.5) / 2},
		{CalibrationError{Probabilities: true}, sure, ints(0, 1), (0.1 + 0.8) / 2},
		{CalibrationError{Bins: 1, Probabilities: true}, sure, ints(0, 1), math.Abs(0.5 - 0.85)},
		{CalibrationError{}, f64([]int{2, 2}, math.Log(0.9), math.Log(0.1), math.Log(0.8), math.Log(0.2)), ints(0, 1), 0.45},
		{CalibrationError{}, f64([]int{2, 1}, math.Log(3), -math.Log(3)), ints(1, 0), 0.25}, // sure to 3/4, and right
		{MSE{}, y, target, 0.375},
		{MAE{}, y, target, 0.5},
		{R2{}, y, target, 0.9486081370449679},
		{R2{}, f64([]int{3, 2}, 0, 2, -1, 2, 8, -5), f64([]int{3, 2}, 0.5, 1, -1, 1, 7, -6), 0.9368005266622779},
		{R2{}, f64([]int{2}, 1, 2), f64([]int{2}, 3, 3), math.NaN()},
		{Perplexity{}, f64([]int{2, 4}, 0, 0, 0, 0, 7, 7, 7, 7), ints(1, 3), 4},
		{Perplexity{}, f64([]int{2, 1}, 0, 0), ints(1, 0), 2},
		{Perplexity{Probabilities: true}, f64([]int{2, 2}, 0.5, 0.5, 0.125, 0.875), ints(0, 0), 4},
		{Perplexity{Probabilities: true}, f64([]int{2}, 0.5, 0.875), ints(1, 0), 4},
	} {
		a := c.metric.New()
		if v := a.Value(); !math.IsNaN(v) {
			t.Errorf("%s: %g before anything was added, want NaN", c.metric.Name(), v)
		}
		if err := a.Add(c.output, c.target); err != nil {
			t.Errorf("%s: %v", c.metric.Name(), err)
			continue
		}
		if got := a.Value(); !(math.Abs(got-c.want) < 1e-14) && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%#v of %v and %v: got %g, want %g", c.metric, c.output.Data(), c.target.Data(), got, c.want)
		}
	}
}

// every has one of each metric.
var every = []Metric{
	Accuracy{}, TopK{K: 2}, BalancedAccuracy{}, Precision{}, Recall{Average: Weighted}, F1{}, AUROC{}, CalibrationError{}, Perplexity{},
	MSE{}, MAE{}, R2{},
}

// A score does not depend on how the samples are cut into batches, nor much on the type.
func TestRaggedBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, width = 11, 4
	outputs, targets, labels := make([]float64, n*width), make([]float64, n*width), make([]int, n)
	for i := range outputs {
		outputs[i], targets[i] = float64(float32(rng.NormFloat64())), float64(float32(rng.NormFloat64()))
	}
	for i := range labels {
		labels[i] = rng.IntN(width)
	}
	batch := func(m Metric, from, to int, single bool) (output, target *tensor.Dense) {
		output, target = f64([]int{to - from, width}, outputs[from*width:to*width]...), ints(labels[from:to]...)
		switch m.(type) {
		case MSE, MAE, R2:
			target = f64([]int{to - from, width}, targets[from*width:to*width]...)
		}
		if single {
			values := make([]float32, output.Size())
			for i, v := range output.Float64s() {
				values[i] = float32(v)
			}
			output = tensor.New(tensor.WithShape(to-from, width), tensor.WithBacking(values))
		}
		return output, target
	}
	for _, m := range every {
		var values []float64
		for _, cuts := range [][]int{{0, n}, {0, 4, 8, n}, {0, 1, 2, n}} {
			a := m.New()
			for i, from := range cuts[:len(cuts)-1] {
				if err := a.Add(batch(m, from, cuts[i+1], i%2 == 1)); err != nil {
					t.Fatal(err)
				}
			}
			values = append(values, a.Value())
		}
		for _, v := range values {
			if math.Abs(v-values[0]) > 1e-14*math.Max(1, math.Abs(values[0])) || v == 0 {
				t.Errorf("%s: got %v, want the same for all batches", m.Name(), values)
			}
		}
	}
}

// AUROC is the share of the pairs in the right order.
func TestAUROCOfPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	scores, labels := make([]float64, 60), make([]int, 60)
	for i := range scores {
		scores[i], labels[i] = float64(rng.IntN(9)), rng.IntN(2)
	}
	right, pairs := 0.0, 0.0
	for i, a := range labels {
		for j, b := range labels {
			if a == 1 && b == 0 {
				pairs++
				switch {
				case scores[i] > scores[j]:
					right++
				case scores[i] == scores[j]:
					right += 0.5
				}
			}
		}
	}
	a := AUROC{}.New()
	if err := a.Add(f64([]int{60, 1}, scores...), ints(labels...)); err != nil {
		t.Fatal(err)
	}
	if got := a.Value(); math.Abs(got-right/pairs) > 1e-14 {
		t.Errorf("got %g, want %g", got, right/pairs)
	}
}

func TestErrors(t *testing.T) {
	view := f64([]int{2, 2}, 1, 2, 3, 4)
	if err := view.T(); err != nil {
		t.Fatal(err)
	}
	two := f64([]int{2, 2}, 1, 2, 3, 4)
	for want, c := range map[string]struct {
		metric         Metric
		output, target *tensor.Dense
	}{
		"the output is nil":                         {Accuracy{}, nil, ints(0)},
		"the target is nil":                         {Accuracy{}, two, nil},
		"transposed":                                {MSE{}, view, two},
		"the output: got int":                       {Accuracy{}, ints(1), ints(0)},
		"want a row of outputs for each target":     {Accuracy{}, two, ints(0, 1, 1)},
		"the class of sample 1: got 2, want 0 to 1": {TopK{}, two, ints(0, 2)},
		"want integer classes or the same shape":    {F1{}, two, f64([]int{2}, 0, 1)},
		"want the same shape":                       {MAE{}, two, f64([]int{2}, 0, 1)},
		"output 0 of the batch holds a NaN":         {CalibrationError{}, f64([]int{1, 2}, math.NaN(), 1), ints(0)},
	} {
		if err := c.metric.New().Add(c.output, c.target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", c.metric.Name(), err, want)
		}
	}
	for _, a := range []Accumulator{&Confusion{}, AUROC{}.New(), R2{}.New()} {
		target := func(width int) *tensor.Dense {
			if _, ok := a.(*r2); ok {
				return f64([]int{1, width}, make([]float64, width)...)
			}
			return ints(0)
		}
		if err := a.Add(f64([]int{1, 3}, 1, 2, 3), target(3)); err != nil {
			t.Fatal(err)
		}
		if err := a.Add(f64([]int{1, 4}, 1, 2, 3, 4), target(4)); err == nil || !strings.Contains(err.Error(), "want the same in all") {
			t.Errorf("%T: error is %v", a, err)
		}
	}
}

func TestNames(t *testing.T) {
	for want, m := range map[string]Metric{
		"top-5 accuracy": TopK{}, "macro F1": F1{}, "micro recall": Recall{Average: Micro}, "weighted precision": Precision{Average: Weighted},
		"F1 of class 3": F1{Average: OneClass, Class: 3},
	} {
		if got := m.Name(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ExampleConfusion() {
	c := &Confusion{Names: []string{"cat", "dog", "newt"}}
	if err := c.Add(oneHot(3, 0, 0, 1, 2, 2, 1), ints(0, 1, 1, 2, 2, 2)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(c)
	fmt.Printf("precision of newts %.2f, accuracy %.2f\n", c.Precision(2), c.Accuracy())
	// Output:
	//       cat  dog  newt  recall
	// cat     1    0     0  100.0%
	// dog     1    1     0   50.0%
	// newt    0    1     2   66.7%
	// precision of newts 1.00, accuracy 0.67
}

func TestConfusionOfNaN(t *testing.T) {
	c := &Confusion{}
	if err := c.Add(f64([]int{2, 2}, math.NaN(), 1, 0, 1), ints(1, 1)); err != nil {
		t.Fatal(err)
	}
	want := "   0  1  NaN  recall\n0  0  0    0    0.0%\n1  0  1    1   50.0%\n"
	if got := c.String(); got != want || c.Accuracy() != 0.5 {
		t.Errorf("got\n%swith an accuracy of %g, want\n%s", got, c.Accuracy(), want)
	}
}
