package setup

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/data"
)

// The training set's moments normalise both sets, so that the moments of the validation set are only near 0 and 1.
func TestImagesAreNormalised(t *testing.T) {
	train, val, err := parsed(t).load()
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 10000 || val.Len() != 2000 {
		t.Errorf("%d and %d images, want 10000 and 2000", train.Len(), val.Len())
	}
	for _, c := range []struct {
		name      string
		ds        *data.Dataset
		tolerance float64 // sums of 7.8 million float32 numbers; two samples of one distribution
	}{{"training", train, 1e-4}, {"validation", val, 0.02}} {
		m, err := c.ds.Moments()
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(m.Mean[0]) > c.tolerance || math.Abs(m.Std[0]-1) > c.tolerance {
			t.Errorf("the %s set has mean %g and standard deviation %g, want 0 and 1", c.name, m.Mean[0], m.Std[0])
		}
	}
}

func TestSubset(t *testing.T) {
	for subset, want := range map[string][2]int{"640": {640, 128}, "3": {3, 1}, "10000": {10000, 2000}} {
		train, val, err := parsed(t, "-subset", subset, "-batch", "2").load()
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{train.Len(), val.Len()}; got != want {
			t.Errorf("-subset %s: %v images, want %v", subset, got, want)
		}
	}
}
