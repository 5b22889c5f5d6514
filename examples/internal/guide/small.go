package guide

import (
	"image"
	"image/color"
	"image/png"
)

// resolution is the dots per inch of the figure.
func (f Figure) resolution() int {
	if f.Small {
		return smallDPI
	}
	return dpi
}

const smallDPI = 72

var encoder = png.Encoder{CompressionLevel: png.BestCompression}

// fewColors is the picture in the colours of lines on white: each of colors, and gray, in steps of a shade. Such a PNG file is much
// smaller than one in all colours.
func fewColors(picture image.Image) *image.Paletted {
	small := image.NewPaletted(picture.Bounds(), shades())
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			small.Set(x, y, picture.At(x, y))
		}
	}
	return small
}

// shades are the mixtures of white with black and with each of colors.
func shades() color.Palette {
	const steps = 16
	palette := color.Palette{color.White}
	for _, c := range append([]color.Color{color.Black}, colors[:]...) {
		r, g, b, _ := c.RGBA()
		for i := uint32(1); i <= steps; i++ {
			mix := func(v uint32) uint8 { return uint8((0xffff*(steps-i) + v*i) / steps >> 8) }
			palette = append(palette, color.RGBA{mix(r), mix(g), mix(b), 0xff})
		}
	}
	return palette
}
