package plot

import (
	"image/color"
	"math"
)

// lineColors tell networks apart, for people with any kind of colour vision: the palette of Okabe and Ito (2008) without
// its yellow, which is too pale on white, and with black last.
var lineColors = []color.RGBA{
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x00, 0x00, 0x00, 0xff}, // black
}

// viridis are eleven steps of the colour map of this name (van der Walt and Smith 2015, public domain). Its brightness grows
// evenly, so it is readable without colour too.
var viridis = []color.RGBA{
	{0x44, 0x01, 0x54, 0xff}, {0x48, 0x25, 0x76, 0xff}, {0x41, 0x44, 0x87, 0xff}, {0x35, 0x60, 0x8d, 0xff},
	{0x2a, 0x78, 0x8e, 0xff}, {0x21, 0x91, 0x8c, 0xff}, {0x22, 0xa8, 0x84, 0xff}, {0x44, 0xbf, 0x70, 0xff},
	{0x7a, 0xd1, 0x51, 0xff}, {0xbd, 0xdf, 0x26, 0xff}, {0xfd, 0xe7, 0x25, 0xff},
}

// heat is the colour of a height from 0 to 1.
func heat(height float64) color.Color { return between(viridis, height) }

// blueWhiteRed has its lightest colour in the middle, and ends that people with any kind of colour vision tell apart: the blue and
// the vermilion of lineColors.
var blueWhiteRed = []color.RGBA{
	{0x00, 0x4c, 0x7f, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x80, 0xb8, 0xd8, 0xff}, {0xf7, 0xf7, 0xf7, 0xff},
	{0xea, 0xae, 0x80, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x95, 0x42, 0x00, 0xff},
}

// diverging is the colour of a height from 0 to 1 to either side of the middle.
func diverging(height float64) color.Color { return between(blueWhiteRed, height) }

// between mixes the two steps of a colour map that a height from 0 to 1 lies between.
func between(steps []color.RGBA, height float64) color.Color {
	at := min(max(height, 0), 1) * float64(len(steps)-1)
	i := min(int(at), len(steps)-2)
	a, b, part := steps[i], steps[i+1], at-float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + part*(float64(b)-float64(a)))) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}
