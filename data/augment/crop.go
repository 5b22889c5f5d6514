package augment

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// PadAndCrop surrounds an image by Pad pixels of Fill on each side and cuts out a part of the image's own size at a random place: the
// image moves by up to Pad pixels in each direction (He et al. 2016, section 4.2).
type PadAndCrop struct {
	Pad  int     // pixels on each side; 0 means 4
	Fill float64 // value of the padding
}

// Validate returns an error for a negative Pad, and unless the samples are images.
func (p PadAndCrop) Validate(ds *data.Dataset) error {
	if p.Pad < 0 {
		return errors.Errorf("augment: PadAndCrop.Pad: got %d, want a positive number, or 0 for 4", p.Pad)
	}
	return validateImages(ds, "PadAndCrop")
}

// Apply moves the image.
func (p PadAndCrop) Apply(s *data.Sample) {
	pad := p.Pad
	if pad == 0 {
		pad = 4
	}
	down, right := s.Rand.IntN(2*pad+1)-pad, s.Rand.IntN(2*pad+1)-pad
	channels, height, width := imageSize(s)
	for c := range channels {
		shift(s.X[c*height*width:(c+1)*height*width], height, width, down, right, p.Fill)
	}
}

// shift moves the pixels of one channel down and to the right, or up and to the left if negative. Rows move in an order in which
// none is overwritten before it has moved.
func shift(pixels []float64, height, width, down, right int, fill float64) {
	for i := range height {
		to := i
		if down > 0 {
			to = height - 1 - i
		}
		row := pixels[to*width : (to+1)*width]
		from := to - down
		if from < 0 || from >= height {
			paint(row, fill)
			continue
		}
		shiftRow(row, pixels[from*width:(from+1)*width], right, fill)
	}
}

// shiftRow makes a row of another one, which may be the same, moved to the right.
func shiftRow(row, from []float64, right int, fill float64) {
	width := len(row)
	gap := min(max(right, -right), width)
	if right > 0 {
		copy(row[gap:], from[:width-gap])
		paint(row[:gap], fill)
		return
	}
	copy(row[:width-gap], from[gap:])
	paint(row[width-gap:], fill)
}

func paint(pixels []float64, value float64) {
	for i := range pixels {
		pixels[i] = value
	}
}
