package export

import (
	"bytes"
	"math"
	"testing"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Buckets are ascending: negative numbers, zero and positive ones.
func TestHistogramProto(t *testing.T) {
	h := &profile.Histogram{Low: -2, Negative: []int{1, 2}, Positive: []int{3, 4}, Zero: 5, NaN: 6, Inf: 7}
	// Negative: 2 in [-1, -0.5], 1 in [-0.5, -0.25]; positive: 3 in [0.25, 0.5], 4 in [0.5, 1]. Sums take the middles.
	sum := 2*-0.75 + -0.375 + 3*0.375 + 4*0.75
	squares := 6*0.75*0.75 + 4*0.375*0.375
	want := eventfile.Message(nil).Double(1, -1).Double(2, 1).Double(3, 15).Double(4, sum).Double(5, squares).
		Doubles(6, []float64{-0.5, -0.25, 0.25, 0.5, 1}).Doubles(7, []float64{2, 1, 5, 3, 4})
	if got := histogramProto(h); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	positive := histogramProto(&profile.Histogram{Low: 3, Negative: []int{0}, Positive: []int{1}})
	if want := eventfile.Message(nil).Double(1, 8).Double(2, 16); !bytes.HasPrefix(positive, want) {
		t.Errorf("of one number from 8 to 16: got %x, want it to begin with %x", positive, want)
	}
	none := histogramProto(&profile.Histogram{NaN: 3})
	if want := eventfile.Message(nil).Doubles(6, []float64{1}).Doubles(7, []float64{0}); !bytes.Equal(none, want) {
		t.Errorf("of no numbers: got %x, want %x", none, want)
	}
	huge := histogramProto(&profile.Histogram{Low: 1023, Negative: []int{0}, Positive: []int{1}})
	if want := eventfile.Message(nil).Double(1, 0x1p1023).Double(2, math.MaxFloat64); !bytes.HasPrefix(huge, want) {
		t.Errorf("at the end of the range: got %x, want it to begin with %x", huge, want)
	}
}
