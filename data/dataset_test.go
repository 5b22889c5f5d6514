package data

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// dense is a tensor of that shape whose memory is backing.
func dense(backing any, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}

// counting is n samples of the given width whose values count up from 0, of classes 0, 1, 2, 0...
func counting(n, width int) *Dataset {
	x, y := make([]float64, n*width), make([]int, n)
	for i := range x {
		x[i] = float64(i)
	}
	for i := range y {
		y[i] = i % 3
	}
	return &Dataset{X: dense(x, n, width), Y: dense(y, n), Classes: []string{"a", "b", "c"}}
}

// wantError fails unless err tells of all the parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func ExampleDataset() {
	shirts := &Dataset{
		X: tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float64{9, 2, 20, 0, 15, 3})), // price, shipping
		Y: tensor.New(tensor.WithShape(3, 1), tensor.WithBacking([]float64{1, 0, 1})),            // sold well
	}
	fmt.Println(shirts.Len(), shirts.Validate())

	shirts.Y = tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float64{1, 0}))
	fmt.Println(shirts.Validate())
	// Output:
	// 3 <nil>
	// data: shape of Y: got (2, 1), want 3 rows, as X of shape (3, 2) has
}

func TestValidateAccepts(t *testing.T) {
	wide := dense([]float32{1, 2, 3, 4, 5, 6}, 3, 2)
	contiguous, err := wide.Slice(tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Dataset{
		"classes":         counting(7, 2),
		"no class names":  {X: dense([]float32{1, 2}, 2, 1), Y: dense([]int{0, 900}, 2)},
		"one value":       {X: dense([]float32{1}, 1, 1), Y: dense([]int{0}, 1)},
		"regression":      {X: dense([]float32{1, 2}, 2, 1), Y: dense([]float32{3, 4}, 2, 1)},
		"images":          {X: dense(make([]float64, 24), 2, 1, 3, 4), Y: dense([]int{0, 1}, 2)},
		"one-hot":         {X: dense([]float64{1}, 1, 1), Y: dense([]float64{0, 1}, 1, 2), Classes: []string{"a", "b"}},
		"contiguous view": {X: contiguous.(*tensor.Dense), Y: dense([]int{0, 1}, 2)},
	} {
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValidateRejects(t *testing.T) {
	transposed := dense([]float64{1, 2, 3, 4}, 2, 2)
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	column, err := dense([]float64{1, 2, 3, 4}, 2, 2).Slice(nil, tensor.S(0))
	if err != nil {
		t.Fatal(err)
	}
	x := dense([]float64{1, 2, 3, 4}, 2, 2)
	y := dense([]int{0, 1}, 2)
	for name, test := range map[string]struct {
		dataset *Dataset
		want    string
	}{
		"nil":                        {nil, "nil"},
		"no X":                       {&Dataset{Y: y}, "nil"},
		"X of ints":                  {&Dataset{X: dense([]int{1, 2}, 2, 1), Y: y}, "type of X: got int"},
		"X without features":         {&Dataset{X: dense([]float64{1, 2}, 2), Y: y}, "(2)"},
		"transposed X":               {&Dataset{X: transposed, Y: y}, "view"},
		"strided Y":                  {&Dataset{X: x, Y: column.(*tensor.Dense)}, "view"},
		"fewer targets":              {&Dataset{X: x, Y: dense([]int{0}, 1)}, "got (1), want 2 rows, as X of shape (2, 2)"},
		"classes as a column":        {&Dataset{X: x, Y: dense([]int{0, 1}, 2, 1)}, "got (2, 1) of int, want (2)"},
		"classes of other sequences": {&Dataset{X: dense(make([]float32, 8), 2, 2, 2), Y: dense(make([]int, 6), 2, 3)}, "no sequences of length 3"},
		"class at a position": {&Dataset{Columns: []Column{{"tokens", dense(make([]int, 6), 2, 3)}}, Y: dense([]int{0, 1, -1, 0, -2, 0}, 2, 3)},
			"class of sample 1: got -2"},
		"other float":        {&Dataset{X: x, Y: dense([]float32{0, 1}, 2, 1)}, "type of Y: got float32"},
		"flat float targets": {&Dataset{X: x, Y: dense([]float64{0, 1}, 2)}, "(2, k)"},
		"one-hot width":      {&Dataset{X: x, Y: dense([]float64{0, 1}, 2, 1), Classes: []string{"a", "b"}}, "got (2, 1), want 2 columns"},
		"negative class":     {&Dataset{X: x, Y: dense([]int{0, -1}, 2)}, "class of sample 1: got -1, want at least 0"},
		"class out of range": {&Dataset{X: x, Y: dense([]int{2, 0}, 2), Classes: []string{"a", "b"}}, "class of sample 0: got 2, want 0 to 1"},
		"NaN":                {&Dataset{X: dense([]float64{1, 2, 3, math.NaN()}, 2, 2), Y: y}, "X of sample 1: got NaN at position 1"},
		"infinite target": {
			&Dataset{X: x, Y: dense([]float64{0, math.Inf(-1)}, 2, 1)}, "Y of sample 1: got -Inf at position 0"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, test.dataset.Validate(), "data: ", test.want) })
	}
}

func TestLenWithoutX(t *testing.T) {
	var none *Dataset
	if n := none.Len() + new(Dataset).Len(); n != 0 {
		t.Errorf("length %d without samples; want 0", n)
	}
}
