package imagefolder

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

func TestReadFiles(t *testing.T) {
	write := func(name string, width, height int, c color.Color) string {
		picture := image.NewRGBA(image.Rect(0, 0, width, height))
		for i := range width * height {
			picture.Set(i%width, i/width, c)
		}
		path := filepath.Join(t.TempDir(), name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, picture); err != nil {
			t.Fatal(err)
		}
		return path
	}
	paths := []string{write("red.png", 5, 3, color.RGBA{255, 0, 0, 255}), write("grey.png", 2, 2, color.RGBA{51, 51, 51, 255})}
	for channels, want := range map[int][2]float64{3: {1, 0.2}, 1: {76. / 255, 0.2}} { // luminance of red: 0.299
		x, err := Reader{Height: 2, Width: 4, Channels: channels}.ReadFiles(paths, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		size := channels * 8
		if v := x.Float64s(); !x.Shape().Eq(tensor.Shape{2, channels, 2, 4}) || v[0] != want[0] || v[size] != want[1] {
			t.Errorf("%d channels: got shape %v and values %v, %v, want %v", channels, x.Shape(), v[0], v[size], want)
		}
	}
	broken := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r     Reader
		paths []string
	}{"x.png": {Reader{Height: 2, Width: 2, Channels: 1}, []string{broken}}, "got 0 files": {Reader{Height: 2, Width: 2, Channels: 1}, nil}, "Channels 0": {Reader{Height: 2, Width: 2}, paths}} {
		if _, err := c.r.ReadFiles(c.paths, tensor.Float32); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got error %v, want %q", err, name)
		}
	}
}
