package onnxfile

import (
	"slices"
	"testing"
)

// A message with each kind of field: 1 = 300, 2 = "ab", 3 = 1.5 as float32, and 4 = {1, 2} packed.
func TestFields(t *testing.T) {
	message := []byte{1 << 3, 0xac, 0x02, 2<<3 | 2, 2, 'a', 'b', 3<<3 | 5, 0, 0, 0xc0, 0x3f, 4<<3 | 2, 2, 1, 2}
	var list []field
	collect := func(f field) error {
		list = append(list, f)
		return nil
	}
	if err := each(message, collect); err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 || list[0].number != 300 || string(list[1].bytes) != "ab" || list[2].float() != 1.5 {
		t.Fatalf("got %+v", list)
	}
	if packed, err := list[3].integers(nil); err != nil || !slices.Equal(packed, []int64{1, 2}) {
		t.Errorf("got %v and %v, want 1 and 2", packed, err)
	}
	for _, end := range []int{1, 2, 4, 6, 9, 14} {
		if err := each(message[:end], collect); err == nil {
			t.Errorf("the first %d bytes: got no error", end)
		}
	}
}

// Numbers of 16 bits, by hand: 1, -2, the smallest subnormal, the largest number and infinity.
func TestHalf(t *testing.T) {
	raw := []byte{0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c}
	got, err := (&Tensor{Type: Float16, Shape: []int{5}, Raw: raw}).Numbers()
	if want := []float64{1, -2, 0x1p-24, 65504}; err != nil || !slices.Equal(got[:4], want) || !(got[4] > 1e300) {
		t.Errorf("got %v and %v, want %v and infinity", got, err, want)
	}
}

func TestTensorsThatAreNoTensors(t *testing.T) {
	for name, bad := range map[string]Tensor{
		"external":   {Type: Float, External: &External{Location: "w.data"}},
		"cut":        {Type: Float, Shape: []int{2}, Raw: make([]byte, 7)},
		"few":        {Type: Float, Shape: []int{3}, Floats: []float32{1}},
		"huge":       {Type: Float, Shape: []int{1 << 30, 1 << 30, 1 << 30}},
		"text":       {Type: String, Shape: []int{1}, Strings: []string{"a"}},
		"no type":    {Shape: []int{1}},
		"wrong list": {Type: Double, Shape: []int{1}, Floats: []float32{1}},
	} {
		if got, err := bad.Numbers(); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}
