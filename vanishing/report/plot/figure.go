package plot

import (
	"bytes"
	"image/color"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// ErrEmpty is wrapped by the error of a picture that would be empty.
var ErrEmpty = errors.New("nothing to draw")

// A Figure is a picture, to be saved as PNG or SVG. The same profiles give the same bytes.
type Figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
}

// pngDPI gives pictures of about 1500 pixels.
const pngDPI = 160

// pngEncoder takes two thirds of the default compression's time, and 3 % more bytes.
var pngEncoder = png.Encoder{CompressionLevel: png.BestSpeed}

// Save writes the figure to a file, in the format of its extension: .png or .svg. The file is whole or absent.
func (f *Figure) Save(path string) error {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	return errors.Wrap(files.Write(path, func(w io.Writer) error { return f.Write(w, format) }), "plot: figure")
}

// Write writes the figure in a format, "png" or "svg".
func (f *Figure) Write(w io.Writer, format string) error {
	var b bytes.Buffer
	switch format {
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(pngDPI))
		f.draw(draw.New(c))
		if err := pngEncoder.Encode(&b, c.Image()); err != nil {
			return errors.Wrap(err, "plot: PNG")
		}
	case "svg":
		c := vgsvg.New(f.width, f.height)
		f.draw(draw.New(c))
		if _, err := c.WriteTo(&b); err != nil {
			return errors.Wrap(err, "plot: SVG")
		}
		return writeSVG(w, b.Bytes())
	default:
		return errors.Errorf("plot: format of a figure: got %q, want png or svg", format)
	}
	_, err := w.Write(b.Bytes())
	return errors.Wrap(err, "plot: figure")
}

// writeSVG adds fonts of the same widths, for viewers without Liberation Sans.
func writeSVG(w io.Writer, svg []byte) error {
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
	_, err := w.Write(svg)
	return errors.Wrap(err, "plot: SVG")
}

// The colours of text, axes and grid.
var (
	ink  = color.Gray{0x26}
	grey = color.Gray{0x59}
	pale = color.Gray{0xe3}
)

// sans is the style of a text.
func sans(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
	}
}

// paint fills a rectangle.
func paint(c draw.Canvas, r vg.Rectangle, with color.Color) {
	c.SetColor(with)
	c.Fill(r.Path())
}

// shortTitle is a title, or the end of a long one.
func shortTitle(p vanishing.Profile) string {
	const most = 100
	runes := []rune(present.Title(p))
	if len(runes) <= most {
		return string(runes)
	}
	return "…" + string(runes[len(runes)-most+1:])
}
