package planes

import (
	"slices"
	"testing"
)

func TestPad(t *testing.T) {
	p := Pad{Batch: 2, In: 1, Out: 2, Image: [2]int{3, 4}, Result: [2]int{2, 2}, Stride: 2}
	x := make([]float32, 24)
	for i := range x {
		x[i] = float32(i)
	}
	y, dx := slices.Repeat([]float32{-1}, 16), slices.Repeat([]float32{-1}, 24)
	PadForward(p, y, x)
	if want := []float32{0, 2, 8, 10, 0, 0, 0, 0, 12, 14, 20, 22, 0, 0, 0, 0}; !slices.Equal(y, want) {
		t.Errorf("got %v, want %v", y, want)
	}
	for i := range y {
		y[i] = float32(i + 1)
	}
	PadBackward(p, dx, y)
	if want := []float32{1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 9, 0, 10, 0, 0, 0, 0, 0, 11, 0, 12, 0}; !slices.Equal(dx, want) {
		t.Errorf("gradient %v, want %v", dx, want)
	}
}
