package guide

import (
	"image/color"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/gradflow/gradflow/internal/files"
)

// A Figure is a picture of lines. Each is named at its right end, in its colour.
type Figure struct {
	Title, XLabel string
	YLabel        string // written in a row above the axis

	LogX, LogY bool
	YMin, YMax float64   // ends of the y axis; both 0 fits the lines
	XTicks     []float64 // where the x axis is labelled; nil leaves the choice to the axis
	YTicks     []float64 // the same for the y axis
	Lines      []Line

	Small bool // half the height and width in pixels: about a third of the bytes
}

// A Line is one curve of a figure.
type Line struct {
	Name  string // may have several rows
	X, Y  []float64
	Color Color
	Style LineStyle
}

// A LineStyle is the style of a line.
type LineStyle int

// The styles.
const (
	Dotted LineStyle = iota // a line with a dot at each point
	Smooth                  // a line
	Dashed                  // a broken line
	Points                  // dots without a line
)

// A Color is a colour of Okabe and Ito (2008). People with any kind of colour vision can tell these colours apart.
type Color int

// The colours.
const (
	Blue Color = iota
	Vermilion
	Green
	Purple
	Orange
	Gray
)

var colors = [...]color.Color{
	Blue:      color.RGBA{0x00, 0x72, 0xb2, 0xff},
	Vermilion: color.RGBA{0xd5, 0x5e, 0x00, 0xff},
	Green:     color.RGBA{0x00, 0x9e, 0x73, 0xff},
	Purple:    color.RGBA{0xb0, 0x5b, 0x89, 0xff},
	Orange:    color.RGBA{0xd6, 0x91, 0x00, 0xff},
	Gray:      color.RGBA{0x6e, 0x6e, 0x6e, 0xff},
}

// The size of a figure. Title and y label stand in the header, the names of the lines in the margin.
const (
	dpi    = 144
	width  = 8 * vg.Inch
	height = 5 * vg.Inch
	header = 0.8 * vg.Inch
	margin = 1.6 * vg.Inch
)

// Save writes the figure as a PNG file into a folder, and makes the folder if it is missing.
func (f Figure) Save(folder, name string) error {
	p, err := f.plot()
	if err != nil {
		return errors.Wrapf(err, "figure %s", name)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(f.resolution()))
	whole := draw.New(canvas)
	area := draw.Crop(whole, vg.Points(12), -margin, vg.Points(8), -header)
	p.Draw(area)
	f.writeHeader(whole)
	f.nameLines(p, area)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return files.Write(filepath.Join(folder, name), func(w io.Writer) error {
		return encoder.Encode(w, fewColors(canvas.Image()))
	})
}

// plot draws axes, grid and lines.
func (f Figure) plot() (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = f.XLabel
	setFonts(p)
	grid := plotter.NewGrid()
	grid.Vertical.Color = color.Transparent
	grid.Horizontal.Color = color.Gray{Y: 0xe2}
	p.Add(grid)
	for _, line := range f.Lines {
		if err := line.add(p); err != nil {
			return nil, errors.Wrap(err, line.Name)
		}
	}
	f.setAxes(p)
	return p, nil
}

// add draws one line.
func (l Line) add(p *plot.Plot) error {
	if len(l.X) == 0 || len(l.X) != len(l.Y) {
		return errors.Errorf("got %d x and %d y, want as many of both, and at least one", len(l.X), len(l.Y))
	}
	points := make(plotter.XYs, len(l.X))
	for i := range points {
		points[i].X, points[i].Y = l.X[i], l.Y[i]
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = colors[l.Color], vg.Points(1.8)
	dots.Color, dots.Shape, dots.Radius = colors[l.Color], draw.CircleGlyph{}, vg.Points(2.2)
	if l.Style == Dashed {
		line.Dashes = []vg.Length{vg.Points(5), vg.Points(4)}
	}
	if l.Style != Points {
		p.Add(line)
	}
	if l.Style == Dotted || l.Style == Points {
		p.Add(dots)
	}
	return nil
}
