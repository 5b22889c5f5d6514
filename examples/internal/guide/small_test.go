package guide

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// A small figure is half as high and wide, and keeps the colours of its lines.
func TestSmallFigure(t *testing.T) {
	folder, figure := t.TempDir(), sample
	figure.Small = true
	if err := figure.Save(folder, "a.png"); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(folder, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 8*smallDPI || size.Y != 5*smallDPI {
		t.Errorf("size: got %v, want %d by %d", size, 8*smallDPI, 5*smallDPI)
	}
	if info, err := file.Stat(); err != nil || info.Size() > 15<<10 {
		t.Errorf("size of the file: got %v, %v, want at most 15 KiB", info.Size(), err)
	}
	wanted := map[Color]bool{Blue: true, Vermilion: true}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			for c := range wanted {
				if picture.At(x, y) == colors[c] {
					delete(wanted, c)
				}
			}
		}
	}
	if len(wanted) > 0 {
		t.Errorf("colours of lines that are not in the picture: %v", wanted)
	}
}
