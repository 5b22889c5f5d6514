package features

import (
	"image"
	"image/color"
	"math"

	"gorgonia.org/tensor"
)

// Picture shows values (channels, height, width) as an image, of which each pixel is enlarged to a square of the given size: low is black
// and high white. Three channels are red, green and blue; of any other number the first is shown in grey.
func Picture(values []float64, shape tensor.Shape, low, high float64, size int) *image.NRGBA {
	height, width := shape[1], shape[2]
	m := image.NewNRGBA(image.Rect(0, 0, width*size, height*size))
	level := func(channel, i, j int) uint8 {
		return uint8(math.Round(255 * min(max((values[(channel*height+i)*width+j]-low)/(high-low), 0), 1)))
	}
	for i := range height * size {
		for j := range width * size {
			grey := level(0, i/size, j/size)
			at := color.NRGBA{grey, grey, grey, 255}
			if shape[0] == 3 {
				at.G, at.B = level(1, i/size, j/size), level(2, i/size, j/size)
			}
			m.SetNRGBA(j, i, at)
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

// Sheet puts pictures in rows, from left to right, with gaps around them. Smaller pictures are centred in their column and row.
func Sheet(rows [][]image.Image, gap int) *image.NRGBA {
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
	sheet := image.NewNRGBA(image.Rect(0, 0, total(widths, gap), total(heights, gap)))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	y := gap
	for i, row := range rows {
		x := gap
		for j, m := range row {
			copyTo(sheet, m, x+(widths[j]-m.Bounds().Dx())/2, y+(heights[i]-m.Bounds().Dy())/2)
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

func copyTo(to *image.NRGBA, from image.Image, x, y int) {
	b := from.Bounds()
	for i := range b.Dy() {
		for j := range b.Dx() {
			to.Set(x+j, y+i, from.At(b.Min.X+j, b.Min.Y+i))
		}
	}
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
