package features

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// Picture shows values (channels, height, width) as an image, of which each pixel is enlarged to a square of the given size: low is black
// and high white. Three channels are red, green and blue; of any other number the first is shown in grey, as an image.Gray.
func Picture(values []float64, shape tensor.Shape, low, high float64, size int) image.Image {
	height, width := shape[1], shape[2]
	level := func(channel, i, j int) uint8 {
		return uint8(math.Round(255 * min(max((values[(channel*height+i/size)*width+j/size]-low)/(high-low), 0), 1)))
	}
	bounds := image.Rect(0, 0, width*size, height*size)
	if shape[0] != 3 {
		m := image.NewGray(bounds)
		for i := range height * size {
			for j := range width * size {
				m.SetGray(j, i, color.Gray{level(0, i, j)})
			}
		}
		return m
	}
	m := image.NewNRGBA(bounds)
	for i := range height * size {
		for j := range width * size {
			m.SetNRGBA(j, i, color.NRGBA{level(0, i, j), level(1, i, j), level(2, i, j), 255})
		}
	}
	return m
}

// Range is the smallest and the largest value; equal ones are spread by 1.
func Range(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range values {
		low, high = min(low, x), max(high, x)
	}
	if !(high > low) {
		high = low + 1
	}
	return low, high
}

// Sheet puts pictures in rows, from left to right, with gaps around them. Smaller pictures are centred in their column and row. It
// is an image.Gray if all pictures are.
func Sheet(rows [][]image.Image, gap int) image.Image {
	var widths, heights []int
	for i, row := range rows {
		heights = append(heights, 0)
		for j, m := range row {
			if j == len(widths) {
				widths = append(widths, 0)
			}
			widths[j], heights[i] = max(widths[j], m.Bounds().Dx()), max(heights[i], m.Bounds().Dy())
		}
	}
	sheet := blank(rows, image.Rect(0, 0, total(widths, gap), total(heights, gap)))
	y := gap
	for i, row := range rows {
		x := gap
		for j, m := range row {
			at := image.Pt(x+(widths[j]-m.Bounds().Dx())/2, y+(heights[i]-m.Bounds().Dy())/2)
			draw.Draw(sheet, m.Bounds().Sub(m.Bounds().Min).Add(at), m, m.Bounds().Min, draw.Src)
			x += widths[j] + gap
		}
		y += heights[i] + gap
	}
	return sheet
}

func total(lengths []int, gap int) int {
	sum := gap
	for _, n := range lengths {
		sum += n + gap
	}
	return sum
}

// gapColor is the colour of the gaps, which white, black and middle grey can be told from.
var gapColor = color.Gray{0xbe}

// blank is a sheet for pictures.
func blank(rows [][]image.Image, bounds image.Rectangle) draw.Image {
	isColoured := func(m image.Image) bool { return m.ColorModel() != color.GrayModel }
	if slices.ContainsFunc(rows, func(row []image.Image) bool { return slices.ContainsFunc(row, isColoured) }) {
		m := image.NewNRGBA(bounds)
		draw.Draw(m, bounds, image.NewUniform(gapColor), image.Point{}, draw.Src)
		return m
	}
	m := image.NewGray(bounds)
	draw.Draw(m, bounds, image.NewUniform(gapColor), image.Point{}, draw.Src)
	return m
}

// Crop is the part of values (channels, height, width) that the unit at a place of a map sees. Where that reaches over the edge of the image,
// it has the value outside. If a unit sees as much as the image or more, it is the whole image.
func (f Field) Crop(values []float64, shape tensor.Shape, row, col int, outside float64) ([]float64, tensor.Shape) {
	if f.Whole || f.Size >= min(shape[1], shape[2]) {
		return values, shape
	}
	top, left := f.Start+f.Stride*row, f.Start+f.Stride*col
	part := make([]float64, 0, shape[0]*f.Size*f.Size)
	for c := range shape[0] {
		for i := top; i < top+f.Size; i++ {
			for j := left; j < left+f.Size; j++ {
				if i < 0 || j < 0 || i >= shape[1] || j >= shape[2] {
					part = append(part, outside)
					continue
				}
				part = append(part, values[(c*shape[1]+i)*shape[2]+j])
			}
		}
	}
	return part, tensor.Shape{shape[0], f.Size, f.Size}
}
