package onnxtest

import (
	"slices"
	"testing"
)

// A message with each kind of field: 1 = 300, 2 = "ab", 3 = 1.5 as float32, and 4 = {1, 2} packed.
func TestFields(t *testing.T) {
	message := []byte{1 << 3, 0xac, 0x02, 2<<3 | 2, 2, 'a', 'b', 3<<3 | 5, 0, 0, 0xc0, 0x3f, 4<<3 | 2, 2, 1, 2}
	list, err := fields(message)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 || list[0].number != 300 || string(list[1].bytes) != "ab" || list[2].float() != 1.5 || !slices.Equal(list[3].integers(), []int{1, 2}) {
		t.Errorf("got %+v", list)
	}
	for _, end := range []int{1, 2, 4, 6, 9, 14} {
		if _, err := fields(message[:end]); err == nil {
			t.Errorf("the first %d bytes: got no error", end)
		}
	}
}
