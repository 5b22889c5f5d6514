package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// f64 makes rows of numbers.
func f64(columns int, values ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)/columns, columns), tensor.WithBacking(values))
}

// cube makes numbers of so many positions, each a row of columns.
func cube(positions, columns int, values ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)/positions/columns, positions, columns), tensor.WithBacking(values))
}

// ints makes class labels.
func ints(values ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

func as32(t *testing.T, x *tensor.Dense) *tensor.Dense {
	t.Helper()
	y, err := tensors.FromSlice(tensor.Float32, x.Float64s(), x.Shape()...)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func TestCorrect(t *testing.T) {
	nan := math.NaN()
	soft := graph.CrossEntropy{OneHot: true}
	for _, c := range []struct {
		name           string
		loss           graph.Classifier
		output, target *tensor.Dense
		want           float64
	}{
		{"labels", graph.CrossEntropy{}, f64(2, 3, 1, 3, 1, 1, 3), ints(0, 1, 1), 2},
		{"the first of equals", graph.CrossEntropy{}, f64(3, 1, 1, 1, 0, 2, 2), ints(0, 1), 2},
		{"NaN is wrong", graph.CrossEntropy{}, f64(2, nan, 1, 1, nan, nan, nan), ints(0, 0, 0), 0},
		{"infinities", graph.CrossEntropy{}, f64(2, math.Inf(1), 1, math.Inf(-1), 1), ints(0, 1), 2},
		{"one-hot", soft, f64(3, 1, 5, 2, 9, 5, 2), f64(3, 0, 1, 0, 0, 1, 0), 1},
		{"soft targets", soft, f64(2, 1, 5, 9, 5), f64(2, 0.4, 0.6, 0.6, 0.4), 2},
		{"sequences", graph.CrossEntropy{}, cube(2, 2, 1, 3, 3, 1, 1, 3, 1, 3), ints(1, 1, 1, 1), 1.5},
		{"padded sequences", graph.CrossEntropy{Padded: true}, cube(2, 2, 1, 3, 3, 1, 1, 3, 1, 3), ints(0, 0, 1, -1), 1.5},
		{"padding alone", graph.CrossEntropy{Padded: true}, cube(2, 2, 1, 3, 3, 1), ints(-1, -1), 0},
		{"logits", graph.BCE{}, f64(1, 0.2, -0.2, 0.2, 0), f64(1, 1, 0, 0, 0), 3},
		{"probabilities", graph.BCE{Probabilities: true}, f64(1, 0.2, 0.7, 0.5), f64(1, 0, 1, 1), 2},
		{"NaN logits", graph.BCE{}, f64(1, nan, nan), f64(1, 1, 0), 0},
		{"two outputs a sample", graph.BCE{}, f64(2, 1, 1, -1, 1), f64(2, 1, 0, 0, 1), 1.5},
		{"pointer to a loss", &graph.BCE{Probabilities: true}, f64(1, 0.2), f64(1, 0), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.loss.Correct(c.output, c.target); got != c.want {
				t.Errorf("%g hits; want %g", got, c.want)
			}
			target := c.target
			if target.Dtype() != tensor.Int {
				target = as32(t, target)
			}
			if got := c.loss.Correct(as32(t, c.output), target); got != c.want {
				t.Errorf("float32: %g hits; want %g", got, c.want)
			}
		})
	}
}

func TestLossesThatDoNotClassify(t *testing.T) {
	for _, loss := range []graph.Loss{graph.MSE{}, graph.MAE{}, graph.Huber{}} {
		if _, classifies := loss.(graph.Classifier); classifies {
			t.Errorf("%v has an accuracy", loss)
		}
	}
}

func TestReduction(t *testing.T) {
	for _, loss := range []graph.Loss{
		graph.CrossEntropy{Sum: true}, graph.BCE{Sum: true}, graph.MSE{Sum: true}, graph.MAE{Sum: true}, graph.Huber{Sum: true},
		&graph.MSE{Sum: true},
	} {
		if loss.Reduction() != graph.Sum {
			t.Errorf("%v is taken for a mean", loss)
		}
	}
	for _, loss := range []graph.Loss{graph.CrossEntropy{}, graph.BCE{}, graph.MSE{}, graph.MAE{}, graph.Huber{}} {
		if loss.Reduction() != graph.Mean {
			t.Errorf("%v is taken for a sum", loss)
		}
	}
}

// Samples that are all padding have no label, in a loss whose samples have weights, too.
func TestUnlabelled(t *testing.T) {
	for want, target := range map[int]*tensor.Dense{0: ints(0, -1, -1, 1), 1: ints(-1, -1, 0, 1), 2: ints(-1, -1, -1, -1)} {
		if err := target.Reshape(2, 2); err != nil {
			t.Fatal(err)
		}
		for _, loss := range []graph.Loss{graph.CrossEntropy{Padded: true}, graph.WeightedBy("weight", graph.CrossEntropy{Padded: true})} {
			if c, ok := loss.(graph.LabelCounter); !ok || c.Unlabelled(target) != want {
				t.Errorf("%v of labels %v: got none or another number, want %d without a label", loss, target.Ints(), want)
			}
		}
	}
	if c, ok := graph.WeightedBy("weight", graph.BCE{}).(graph.LabelCounter); ok && c.Unlabelled(f64(1, 0, 1)) != 0 {
		t.Error("got samples without a target of BCE, want none")
	}
}
