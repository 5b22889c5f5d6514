package data

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"testing"

	"gorgonia.org/tensor"
)

func ExampleDataset_Normalize() {
	table := func(rows ...float64) *Dataset { // price in euros, weight in grams
		n := len(rows) / 2
		return &Dataset{
			X: tensor.New(tensor.WithShape(n, 2), tensor.WithBacking(rows)),
			Y: tensor.New(tensor.WithShape(n), tensor.WithBacking(make([]int, n))),
		}
	}
	train, test := table(10, 100, 20, 500), table(15, 700)

	moments, _ := train.FeatureMoments()
	for _, d := range []*Dataset{train, test} {
		if err := d.Normalize(moments); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(moments.Mean, moments.Std)
	fmt.Println(train.X.Data(), test.X.Data())
	// Output:
	// [15 300] [5 200]
	// [-1 -1 1 1] [0 2]
}

func TestMoments(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		d := &Dataset{X: dense([]float64{2, 4, 4, 4, 5, 5, 7, 9}, 2, 2, 2), Y: dense([]int{0, 0}, 2)}
		if dt == tensor.Float32 {
			d.X = dense([]float32{2, 4, 4, 4, 5, 5, 7, 9}, 2, 2, 2)
		}
		all, err := d.Moments()
		if err != nil {
			t.Fatal(err)
		}
		// Exact up to the rounding of eight float64 additions.
		if math.Abs(all.Mean[0]-5) > 1e-14 || math.Abs(all.Std[0]-2) > 1e-14 {
			t.Errorf("%v: moments %v; want mean 5 and standard deviation 2", dt, all)
		}
		each, err := d.FeatureMoments()
		if err != nil {
			t.Fatal(err)
		}
		want := Moments{Mean: []float64{3.5, 4.5, 5.5, 6.5}, Std: []float64{1.5, 0.5, 1.5, 2.5}}
		if !reflect.DeepEqual(each, want) {
			t.Errorf("%v: moments of the features are %v; want %v", dt, each, want)
		}
	}
}

func TestChannelMoments(t *testing.T) {
	values := []float64{0, 2, 10, 10, 4, 6, 30, 30} // two images of two channels of 1 x 2 pixels
	wide := &Dataset{X: dense(values, 2, 2, 1, 2)}
	narrow := &Dataset{X: dense([]float32{0, 2, 10, 10, 4, 6, 30, 30}, 2, 2, 1, 2)}
	want := Moments{Mean: []float64{3, 20}, Std: []float64{math.Sqrt(5), 10}}
	for _, d := range []*Dataset{wide, narrow} {
		m, err := d.ChannelMoments()
		if err != nil {
			t.Fatal(err)
		}
		for c := range want.Mean { // exact up to the rounding of four float64 additions
			if len(m.Mean) != 2 || math.Abs(m.Mean[c]-want.Mean[c]) > 1e-14 || math.Abs(m.Std[c]-want.Std[c]) > 1e-14 {
				t.Fatalf("moments of the channels are %v; want %v", m, want)
			}
		}
		if err := d.Normalize(Moments{Mean: []float64{2, 20}, Std: []float64{2, 10}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := []float64{-1, 0, -1, -1, 1, 2, 1, 1}; !reflect.DeepEqual(values, got) {
		t.Errorf("normalized channels are %v; want %v", values, got)
	}
	if got := []float32{-1, 0, -1, -1, 1, 2, 1, 1}; !reflect.DeepEqual(narrow.X.Data(), got) {
		t.Errorf("normalized channels are %v; want %v", narrow.X.Data(), got)
	}
	_, err := counting(4, 6).ChannelMoments()
	wantError(t, err, "got X of shape (4, 6), want (N, channels, height, width)")
	wantError(t, wide.Normalize(Moments{Mean: make([]float64, 3), Std: make([]float64, 3)}),
		"got 3 means", "want 1 of each, or 2, one for each channel, or 4, one for each feature")
}

func TestSequenceMoments(t *testing.T) {
	values := []float64{0, 10, 2, 10, 4, 30, 6, 30} // two sequences of two steps of two features
	d := &Dataset{X: dense(values, 2, 2, 2), Columns: []Column{{Name: "id", Values: dense([]int{0, 1}, 2)}}}
	want := Moments{Mean: []float64{3, 20}, Std: []float64{math.Sqrt(5), 10}, Last: true}
	m, err := d.SequenceMoments()
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := streamOf(d, 1).SequenceMoments(context.Background(), "input")
	if err != nil {
		t.Fatal(err)
	}
	for f := range want.Mean { // exact up to the rounding of four float64 additions
		for _, m := range []Moments{m, streamed} {
			if !m.Last || len(m.Mean) != 2 || math.Abs(m.Mean[f]-want.Mean[f]) > 1e-14 || math.Abs(m.Std[f]-want.Std[f]) > 1e-14 {
				t.Fatalf("moments of the sequences are %v; want %v", m, want)
			}
		}
	}
	if err := d.Normalize(Moments{Mean: []float64{2, 20}, Std: []float64{2, 10}, Last: true}); err != nil {
		t.Fatal(err)
	}
	if got := []float64{-1, -1, 0, -1, 1, 1, 2, 1}; !reflect.DeepEqual(values, got) {
		t.Errorf("normalized sequences are %v; want %v", values, got)
	}
	_, err = counting(4, 6).SequenceMoments()
	wantError(t, err, "got X of shape (4, 6), want (N, time, features)")
	wantError(t, d.Normalize(Moments{Mean: make([]float64, 4), Std: make([]float64, 4), Last: true}),
		"got 4 means", "want 2 of each, one for each feature of X (2, 2, 2)")
}

// Squares of numbers near 1e9 need 60 bits: mean(x^2) - mean(x)^2 would lose the spread of 1 in float64.
func TestMomentsOfLargeMean(t *testing.T) {
	d := &Dataset{X: dense([]float64{1e9 - 1, 1e9 + 1, 1e9 - 1, 1e9 + 1}, 4, 1), Y: dense(make([]int, 4), 4)}
	m, err := d.Moments()
	if err != nil {
		t.Fatal(err)
	}
	// The running mean is rounded to 1e9 * 2^-53, about 1e-7, which is the error allowed.
	if math.Abs(m.Std[0]-1) > 1e-7 {
		t.Errorf("standard deviation %v; want 1", m.Std[0])
	}
}

func TestNormalizeConstantFeature(t *testing.T) {
	x := []float32{0.1, 1, 0.1, 2, 0.1, 3}
	d := &Dataset{X: dense(x, 3, 2), Y: dense([]int{0, 0, 0}, 3)}
	m, err := d.FeatureMoments()
	if err != nil {
		t.Fatal(err)
	}
	if m.Std[0] != 0 {
		t.Errorf("standard deviation of a constant is %v; want exactly 0", m.Std[0])
	}
	if err := d.Normalize(m); err != nil {
		t.Fatal(err)
	}
	if x[0] != 0 || x[2] != 0 || x[4] != 0 {
		t.Errorf("the constant feature became %v, %v, %v; want 0", x[0], x[2], x[4])
	}
}

func TestNormalizedHasMeanZeroAndStdOne(t *testing.T) {
	d := counting(100, 3)
	m, err := d.Moments()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Normalize(m); err != nil {
		t.Fatal(err)
	}
	if m, err = d.Moments(); err != nil {
		t.Fatal(err)
	}
	// 300 roundings of 2^-53 each.
	if math.Abs(m.Mean[0]) > 1e-13 || math.Abs(m.Std[0]-1) > 1e-13 {
		t.Errorf("normalized values have moments %v; want 0 and 1", m)
	}
}

func TestNormalizeRejects(t *testing.T) {
	for _, test := range []struct {
		moments Moments
		want    string
	}{
		{Moments{}, "got 0 means and 0 standard deviations, want 1 of each, or 3"},
		{Moments{Mean: []float64{1, 2, 3}, Std: []float64{1}}, "3 means and 1"},
		{Moments{Mean: []float64{1, 2}, Std: []float64{1, 1}}, "2 means"},
		{Moments{Mean: []float64{math.NaN()}, Std: []float64{1}}, "mean 0: got NaN"},
		{Moments{Mean: []float64{0}, Std: []float64{-1}}, "standard deviation 0: got -1"},
		{Moments{Mean: []float64{0}, Std: []float64{math.NaN()}}, "standard deviation 0: got NaN"},
		{Moments{Mean: []float64{0}, Std: []float64{math.Inf(1)}}, "standard deviation 0: got +Inf"},
	} {
		d := counting(2, 3)
		wantError(t, d.Normalize(test.moments), test.want)
		if x := d.X.Data(); !reflect.DeepEqual(x, []float64{0, 1, 2, 3, 4, 5}) {
			t.Errorf("%v was refused but changed the data to %v", test.moments, x)
		}
	}
	empty := new(Dataset)
	wantError(t, empty.Normalize(Moments{}), "nil")
	_, err := empty.Moments()
	wantError(t, err, "nil")
	_, err = empty.FeatureMoments()
	wantError(t, err, "nil")
}
