package plot

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heading draws the title and the legend at the top of a canvas and returns the canvas below.
func heading(c draw.Canvas, title string, curves []curve) draw.Canvas {
	large := sans(13, ink)
	top := c.Max.Y - large.Height(title)
	c.FillText(large, vg.Point{X: c.Min.X, Y: top}, title)
	bottom := legend(draw.Crop(c, 0, 0, 0, top-c.Max.Y-vg.Points(10)), curves)
	return draw.Crop(c, 0, 0, 0, bottom-c.Max.Y-vg.Points(12))
}

// legend names the curves from left to right, at least two in a line, and returns its lower end.
func legend(c draw.Canvas, curves []curve) vg.Length {
	style := sans(10, ink)
	const sample, gap, between = 26, 6, 22
	x, y := c.Min.X, c.Max.Y-style.Height("X")
	for _, curve := range curves {
		name := fitting(curve.name, style, (c.Max.X-c.Min.X-between)/2-sample-gap)
		width := sample + gap + style.Width(name)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-1.6*style.Height("X")
		}
		middle := y + style.Height("X")/3
		c.StrokeLine2(curve.line, x, middle, x+sample, middle)
		c.DrawGlyphNoClip(curve.glyph, vg.Point{X: x + sample/2, Y: middle})
		c.FillText(style, vg.Point{X: x + sample + gap, Y: y}, name)
		x += width + between
	}
	return y
}

// swatch is a legend's entry for a colour that fills areas.
func swatch(name string, c color.Color) curve {
	return curve{
		name:  name,
		line:  draw.LineStyle{Color: c, Width: vg.Points(7)},
		glyph: draw.GlyphStyle{Color: c, Radius: vg.Points(1), Shape: draw.BoxGlyph{}},
	}
}

// fitting is a text, or as much of its end as fits into a width.
func fitting(s string, style text.Style, most vg.Length) string {
	runes := []rune(s)
	for first := 1; style.Width(s) > most && first < len(runes); first++ {
		s = "…" + string(runes[first:])
	}
	return s
}

// under writes a sentence at the top of a canvas, in as many lines as needed, and returns the canvas below.
func under(c draw.Canvas, sentence string) draw.Canvas {
	style := sans(9.5, grey)
	line, y := "", c.Max.Y
	flush := func() {
		y -= 1.3 * style.Height("X")
		c.FillText(style, vg.Point{X: c.Min.X, Y: y}, line)
	}
	width := 0.85 * (c.Max.X - c.Min.X) // a browser may take a wider font
	for _, word := range strings.Fields(sentence) {
		if line != "" && style.Width(line+" "+word) > width {
			flush()
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	flush()
	return draw.Crop(c, 0, 0, 0, y-c.Max.Y-vg.Points(8))
}
