package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Picture saves a screenshot for the documentation, if the environment variable GRADFLOW_PICTURES names a folder. It saves the
// given number of lines of the upper part, in 256 colours, which take a fifth of the bytes.
func Picture(t testing.TB, name string, screenshot []byte, lines int) {
	t.Helper()
	folder := os.Getenv("GRADFLOW_PICTURES")
	if folder == "" {
		return
	}
	full, err := png.Decode(bytes.NewReader(screenshot))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, paletted(full, min(lines, full.Bounds().Dy()))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// paletted reduces an image to its most frequent colours, without colours that are close to a more frequent one. Each pixel gets
// the nearest colour.
func paletted(full image.Image, lines int) image.Image {
	counts := make(map[color.RGBA]int)
	frame := image.Rect(0, 0, full.Bounds().Dx(), lines)
	for y := range lines {
		for x := range frame.Dx() {
			counts[rounded(full.At(x, y))]++
		}
	}
	var colours []color.RGBA
	for c := range counts {
		colours = append(colours, c)
	}
	order := func(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(order(a), order(b)))
	})
	const common = 16 // colours that stay however close they are, such as those of the paper and the ground
	var palette color.Palette
	for _, c := range colours {
		if len(palette) < common || len(palette) < 256 && !close(palette, c) {
			palette = append(palette, c)
		}
	}
	small := image.NewPaletted(frame, palette)
	nearest := make(map[color.RGBA]uint8)
	for y := range lines {
		for x := range frame.Dx() {
			c := rounded(full.At(x, y))
			if _, known := nearest[c]; !known {
				nearest[c] = uint8(palette.Index(c))
			}
			small.SetColorIndex(x, y, nearest[c])
		}
	}
	return small
}

// close tells whether a palette has a similar colour.
func close(palette color.Palette, c color.RGBA) bool {
	return slices.ContainsFunc(palette, func(other color.Color) bool {
		o := other.(color.RGBA)
		apart := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
		return max(apart(o.R, c.R), apart(o.G, c.G), apart(o.B, c.B)) <= 8
	})
}

// rounded keeps six bits of each channel.
func rounded(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	six := func(v uint32) uint8 { return uint8(v>>10<<2 | v>>14) }
	return color.RGBA{six(r), six(g), six(b), 255}
}
