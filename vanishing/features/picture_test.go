package features

import (
	"image"
	"image/color"
	"testing"

	"gorgonia.org/tensor"
)

func TestPicture(t *testing.T) {
	values := []float64{-1, 0, 1, 5, 0, 0, 0, 0, 1, 1, 1, 1}
	grey := Picture(values[:4], tensor.Shape{1, 2, 2}, -1, 1, 3)
	if grey.Bounds() != image.Rect(0, 0, 6, 6) || grey.At(2, 2) != (color.Gray{0}) || grey.At(3, 0) != (color.Gray{128}) || grey.At(5, 5) != (color.Gray{255}) {
		t.Errorf("got %v", grey)
	}
	coloured := Picture(values, tensor.Shape{3, 2, 2}, 0, 1, 1)
	if coloured.At(0, 1) != (color.NRGBA{255, 0, 255, 255}) {
		t.Errorf("got %v, want red and blue", coloured.At(0, 1))
	}
}

// A sheet has the pictures in rows, smaller ones in the middle, on grey.
func TestSheet(t *testing.T) {
	black := func(width, height int) image.Image { return image.NewGray(image.Rect(0, 0, width, height)) }
	sheet := Sheet([][]image.Image{{black(4, 4), black(2, 2)}, {black(2, 2)}}, 1)
	if sheet.Bounds() != image.Rect(0, 0, 9, 9) || sheet.ColorModel() != color.GrayModel {
		t.Fatalf("got %v", sheet.Bounds())
	}
	for at, want := range map[image.Point]uint8{{0, 0}: 0xbe, {1, 1}: 0, {4, 4}: 0, {6, 1}: 0xbe, {6, 2}: 0, {7, 3}: 0, {2, 6}: 0, {3, 7}: 0, {4, 7}: 0xbe} {
		if got := sheet.At(at.X, at.Y).(color.Gray).Y; got != want {
			t.Errorf("at %v: got %d, want %d", at, got, want)
		}
	}
	if m := Sheet([][]image.Image{{image.NewNRGBA(image.Rect(0, 0, 1, 1))}}, 0); m.ColorModel() != color.NRGBAModel {
		t.Error("a sheet of coloured pictures is grey")
	}
}

func TestCropReachesOverTheEdge(t *testing.T) {
	f := Field{Size: 2, Stride: 1, Start: -1}
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	got, shape := f.Crop(values, tensor.Shape{1, 3, 3}, 0, 2, 9)
	if !shape.Eq(tensor.Shape{1, 2, 2}) || got[0] != 9 || got[1] != 9 || got[2] != 2 || got[3] != 3 {
		t.Errorf("got %v of shape %v", got, shape)
	}
	if got, shape := (Field{Size: 3}).Crop(values, tensor.Shape{1, 3, 3}, 0, 0, 0); len(got) != 9 || !shape.Eq(tensor.Shape{1, 3, 3}) {
		t.Errorf("a unit that sees all: got %v of shape %v", got, shape)
	}
}
