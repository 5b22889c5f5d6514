package data

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// uneven is n samples, of which one in ten is of class 1 and the others of class 0. X has the number of each sample.
func uneven(n int) *Dataset {
	d := counting(n, 1)
	for i, classes := 0, d.Y.Ints(); i < n; i++ {
		classes[i] = 0
		if i%10 == 0 {
			classes[i] = 1
		}
	}
	return d
}

// numbers are the values of X, which in these tests are the numbers of the samples.
func numbers(d *Dataset) []float64 { return d.X.Float64s() }

func count(d *Dataset, class int) (n int) {
	for _, c := range d.Y.Ints() {
		if c == class {
			n++
		}
	}
	return n
}

func TestHoldOut(t *testing.T) {
	d := uneven(100)
	d.Columns = []Column{{"id", dense(slices.Clone(d.Y.Ints()), 100)}}
	rest, held, err := Split{Seed: 3}.HoldOut(d, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	if rest.Len() != 75 || held.Len() != 25 {
		t.Fatalf("got %d and %d samples, want 75 and 25", rest.Len(), held.Len())
	}
	all := slices.Concat(numbers(rest), numbers(held))
	if !slices.IsSorted(numbers(rest)) || !slices.IsSorted(numbers(held)) {
		t.Error("the samples are not in the order of the dataset")
	}
	slices.Sort(all)
	if !slices.Equal(all, numbers(d)) {
		t.Errorf("got samples %v, want each once", all)
	}
	if !slices.Equal(held.Column("id").Ints(), held.Y.Ints()) {
		t.Error("a column was not divided as Y was")
	}
	again, _, _ := Split{Seed: 3}.HoldOut(d, 0.25)
	other, _, _ := Split{Seed: 4}.HoldOut(d, 0.25)
	if !slices.Equal(numbers(rest), numbers(again)) || slices.Equal(numbers(rest), numbers(other)) {
		t.Error("the split does not depend on the seed alone")
	}
}

func TestStratifiedSplitsKeepTheShares(t *testing.T) {
	for _, d := range []*Dataset{uneven(90), oneHotOf(t, uneven(90))} {
		for seed := range uint64(20) {
			_, held, err := Split{Seed: seed, Stratify: true}.HoldOut(d, 0.3)
			if err != nil {
				t.Fatal(err)
			}
			classes, _ := held.classOfEach()
			if n := len(slices.DeleteFunc(classes, func(c int) bool { return c == 0 })); n < 2 || n > 3 {
				t.Errorf("seed %d: got %d of 9 samples of class 1 in 30 %%, want 2 or 3", seed, n)
			}
		}
	}
}

func oneHotOf(t *testing.T, d *Dataset) *Dataset {
	t.Helper()
	hot, err := d.OneHot()
	if err != nil {
		t.Fatal(err)
	}
	return hot
}

func TestFolds(t *testing.T) {
	d := uneven(53)
	for _, stratify := range []bool{false, true} {
		folds, err := Split{Seed: 1, Stratify: stratify}.Folds(d, 5)
		if err != nil {
			t.Fatal(err)
		}
		var tested []float64
		for train, test := range folds {
			if n := test.Len(); n < 10 || n > 11 || train.Len() != 53-n {
				t.Errorf("got %d samples to test on and %d to train on, want 10 or 11, and the others", n, train.Len())
			}
			if n := count(test, 1); stratify && (n < 1 || n > 2) {
				t.Errorf("got %d of 6 samples of class 1 in a fold of 5, want 1 or 2", n)
			}
			tested = append(tested, numbers(test)...)
		}
		slices.Sort(tested)
		if !slices.Equal(tested, numbers(d)) {
			t.Errorf("got %v as test samples, want each once", tested)
		}
	}
}

func TestWrongSplits(t *testing.T) {
	d := uneven(20)
	for _, share := range []float64{0, 1, -1, 2} {
		_, _, err := Split{}.HoldOut(d, share)
		wantError(t, err, "hold-out", "between 0 and 1")
	}
	_, err := Split{}.Folds(d, 1)
	wantError(t, err, "number of folds: got 1, want 2 to 20")
	_, err = Split{}.Folds(nil, 2)
	wantError(t, err, "no samples")
	d.Y, d.Classes = dense(make([]float64, 20), 20, 1), nil
	_, _, err = Split{Stratify: true}.HoldOut(d, 0.5)
	wantError(t, err, "Stratify", "want classes")
	_, err = d.Pick(3, 20)
	wantError(t, err, "got sample 20, want 0 to 19")
	_, err = d.Pick()
	wantError(t, err, "got no sample")
}

func TestPickInAnyOrder(t *testing.T) {
	d, err := counting(4, 1).Pick(2, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(d); !slices.Equal(got, []float64{2, 0, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestClassWeightsBalance(t *testing.T) {
	d := uneven(50) // 45 of class 0, 5 of class 1; class 2 has a name only
	_, err := d.ClassWeights()
	wantError(t, err, "no sample of class 2 of 3")
	d.Classes = nil
	weights, err := d.ClassWeights()
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{50. / 90, 50. / 10}; !slices.Equal(weights, want) {
		t.Errorf("got %v, want %v", weights, want)
	}
	d.Y = dense(make([]float64, 50), 50, 1)
	_, err = d.ClassCounts()
	wantError(t, err, "counts of classes", tensor.Float64.String())
}
