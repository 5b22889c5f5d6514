package data

import (
	"fmt"
	"reflect"
	"testing"

	"gorgonia.org/tensor"
)

func ExampleDataset_Slice() {
	all := &Dataset{
		X: tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float32{10, 11, 12, 13})),
		Y: tensor.New(tensor.WithShape(4), tensor.WithBacking([]int{0, 1, 0, 1})),
	}
	train, _ := all.Slice(0, 3)
	validation, _ := all.Slice(3, 4)
	fmt.Println(train.X.Data(), train.Y.Data())
	fmt.Println(validation.X.Data(), validation.Y.Data(), validation.X.Shape())
	// Output:
	// [10 11 12] [0 1 0]
	// [13] [1] (1, 1)
}

func ExampleDataset_OneHot() {
	d := &Dataset{
		X:       tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float32{10, 11})),
		Y:       tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{2, 0})),
		Classes: []string{"shirt", "dress", "bag"},
	}
	hot, err := d.OneHot()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(hot.Y.Shape(), hot.Y.Data())
	// Output:
	// (2, 3) [0 0 1 1 0 0]
}

func TestSliceSharesMemoryAndKeepsAxes(t *testing.T) {
	d := &Dataset{X: dense(make([]float64, 5*2*3), 5, 2, 3), Y: dense([]float64{0, 1, 2, 3, 4}, 5, 1)}
	s, err := d.Slice(3, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if x, y := s.X.Shape(), s.Y.Shape(); !x.Eq(tensor.Shape{1, 2, 3}) || !y.Eq(tensor.Shape{1, 1}) {
		t.Errorf("shapes %v and %v; want (1, 2, 3) and (1, 1)", x, y)
	}
	s.X.Data().([]float64)[0] = 7
	if got := d.X.Data().([]float64)[3*6]; got != 7 {
		t.Errorf("a write to the slice left %v in the dataset; want 7", got)
	}
}

func TestSliceAndSubsetRanges(t *testing.T) {
	d := counting(5, 2)
	for _, r := range [][2]int{{-1, 2}, {0, 6}, {3, 3}, {4, 2}} {
		_, err := d.Slice(r[0], r[1])
		wantError(t, err, fmt.Sprintf("got samples [%d, %d), want at least one of [0, 5)", r[0], r[1]))
	}
	for _, n := range []int{-1, 0, 6} {
		_, err := d.Subset(n)
		wantError(t, err, fmt.Sprintf("got %d, want 1 to 5 samples", n))
	}
	_, err := new(Dataset).Slice(0, 1)
	wantError(t, err, "nil")

	s, err := d.Subset(2)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.X.Data(); !reflect.DeepEqual(got, []float64{0, 1, 2, 3}) {
		t.Errorf("the first two samples are %v; want 0 to 3", got)
	}
	if len(s.Classes) != 3 {
		t.Errorf("the subset has classes %v; want those of the set", s.Classes)
	}
}

func TestOneHotTypesAndErrors(t *testing.T) {
	hot, err := counting(4, 1).OneHot()
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0}
	if got := hot.Y.Data(); !reflect.DeepEqual(got, want) {
		t.Errorf("one-hot classes are %v; want %v", got, want)
	}
	if err := hot.Validate(); err != nil {
		t.Error(err)
	}
	_, err = hot.OneHot()
	wantError(t, err, "classes of type int")
	_, err = new(Dataset).OneHot()
	wantError(t, err, "nil")

	d := counting(4, 1)
	d.Classes = d.Classes[:2]
	_, err = d.OneHot()
	wantError(t, err, "class of sample 2: got 2, want 0 to 1")
	d.Classes = nil
	_, err = d.OneHot()
	wantError(t, err, "set Classes")
}
