package export

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The bytes were written by TensorBoard's own protocol buffers, and its reader accepted both checksums of each record.
func TestEventBytes(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 {
		t.Errorf("the check value of CRC-32C is %x, want e3069283", got)
	}
	var s summary
	s.scalar("grad_norm/layer0", 0.25)
	for want, event := range map[string]message{
		"1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c":                             fileVersion(1.5),
		"2600000000000000734fe30009000000000000044010072a190a170a10677261645f6e6f726d2f6c6179657230150000803e7ca08cf7": event(2.5, 7).bytes(5, s.message),
	} {
		var b bytes.Buffer
		if err := writeRecord(&b, event); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(b.Bytes()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Buckets are ascending: negative numbers, zero and positive ones.
func TestHistogramProto(t *testing.T) {
	h := &profile.Histogram{Low: -2, Negative: []int{1, 2}, Positive: []int{3, 4}, Zero: 5, NaN: 6, Inf: 7}
	// Negative: 2 in [-1, -0.5], 1 in [-0.5, -0.25]; positive: 3 in [0.25, 0.5], 4 in [0.5, 1]. Sums take the middles.
	sum := 2*-0.75 + -0.375 + 3*0.375 + 4*0.75
	squares := 6*0.75*0.75 + 4*0.375*0.375
	want := message(nil).double(1, -1).double(2, 1).double(3, 15).double(4, sum).double(5, squares).
		doubles(6, []float64{-0.5, -0.25, 0.25, 0.5, 1}).doubles(7, []float64{2, 1, 5, 3, 4})
	if got := histogramProto(h); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	positive := histogramProto(&profile.Histogram{Low: 3, Negative: []int{0}, Positive: []int{1}})
	if want := message(nil).double(1, 8).double(2, 16); !bytes.HasPrefix(positive, want) {
		t.Errorf("of one number from 8 to 16: got %x, want it to begin with %x", positive, want)
	}
	none := histogramProto(&profile.Histogram{NaN: 3})
	if want := message(nil).doubles(6, []float64{1}).doubles(7, []float64{0}); !bytes.Equal(none, want) {
		t.Errorf("of no numbers: got %x, want %x", none, want)
	}
	huge := histogramProto(&profile.Histogram{Low: 1023, Negative: []int{0}, Positive: []int{1}})
	if want := message(nil).double(1, 0x1p1023).double(2, math.MaxFloat64); !bytes.HasPrefix(huge, want) {
		t.Errorf("at the end of the range: got %x, want it to begin with %x", huge, want)
	}
}
