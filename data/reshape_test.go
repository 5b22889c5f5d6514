package data

import (
	"reflect"
	"testing"

	"gorgonia.org/tensor"
)

func TestReshape(t *testing.T) {
	ds := counting(3, 12)
	ds.Columns = []Column{{"id", dense([]int{7, 8, 9}, 3)}}
	images, err := ds.Reshape(3, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := images.X.Shape(), (tensor.Shape{3, 3, 2, 2}); !got.Eq(want) {
		t.Errorf("images have shape %v; want %v", got, want)
	}
	if err := images.Validate(); err != nil || !reflect.DeepEqual(images.Y, ds.Y) || len(images.Columns) != 1 || len(images.Classes) != 3 {
		t.Errorf("images are %+v, %v; want the other columns of %+v", images, err, ds)
	}
	flat, err := images.Flatten()
	if err != nil {
		t.Fatal(err)
	}
	flat.X.Float64s()[5] = -1
	if ds.X.Float64s()[5] != -1 || !flat.X.Shape().Eq(ds.X.Shape()) || !ds.X.Shape().Eq(tensor.Shape{3, 12}) {
		t.Errorf("flat images are %v of shape %v; want the memory and shape of %v", flat.X.Data(), flat.X.Shape(), ds.X.Shape())
	}
}

func TestReshapeRejects(t *testing.T) {
	ds := counting(3, 12)
	for _, c := range []struct {
		sample []int
		want   string
	}{
		{nil, "got [], want 12 values"},
		{[]int{3, 5}, "got [3 5], want 12 values, as in X of shape (3, 12)"},
		{[]int{-3, -4}, "got [-3 -4], want positive sizes"},
	} {
		_, err := ds.Reshape(c.sample...)
		wantError(t, err, c.want)
	}
	var none *Dataset
	_, err := none.Flatten()
	wantError(t, err, "no samples")
	_, err = (&Dataset{Columns: []Column{{"id", dense([]int{1}, 1)}}}).Flatten()
	wantError(t, err, "X is nil")
}
