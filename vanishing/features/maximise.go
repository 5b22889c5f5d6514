package features

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Options of activation maximisation. The zero value of each field is a default.
type Options struct {
	Steps int     // of gradient ascent; 0 means 200
	Rate  float64 // change of a pixel in a step, in root mean square over what the unit sees; 0 means 0.1
	// Jitter is the number of pixels by which the image is shifted at random in each step, up and down and sideways. 0 means an eighth of
	// what the unit sees, and at most 3; -1 none.
	Jitter int
	// Blur is the standard deviation in pixels of the blur after each step, at the beginning; it falls to 0 at the end. 0 means a
	// sixteenth of what the unit sees, and at most 1.2; -1 none.
	Blur  float64
	Decay float64 // by which each pixel is drawn to Background in a step; 0 means 0.005, -1 none
	// Background is the colour of the first image, but for noise. 0 suits images of mean 0.
	Background float64
	// Low and High bound the pixels. 0 and 0 mean -2 and 2, which suit images of mean 0 and standard deviation 1.
	Low, High float64
	Seed      uint64 // of the noise and of the jitter
}

// withDefaults are the options for the units of a layer.
func (o Options) withDefaults(f Field) Options {
	size := float64(f.Size)
	set := func(field *float64, otherwise float64) {
		if *field == 0 {
			*field = otherwise
		}
		*field = max(*field, 0)
	}
	set(&o.Rate, 0.1)
	set(&o.Decay, 0.005)
	set(&o.Blur, min(size/16, 1.2))
	if o.Steps == 0 {
		o.Steps = 200
	}
	if o.Jitter == 0 {
		o.Jitter = min(f.Size/8, 3)
	}
	o.Jitter = max(o.Jitter, 0)
	if o.Low == 0 && o.High == 0 {
		o.Low, o.High = -2, 2
	}
	return o
}

// A Made is an image that was made to excite a unit.
type Made struct {
	Image []float64 // channels, height, width
	Row   int       // of the map, at the middle, where the unit was excited
	Col   int
	Value float64 // of the unit's pre-activation there
}

// Maximise makes an image for each unit of a layer that excites it at the middle of its map: by gradient ascent on the pre-activation,
// from noise, through the symbolic gradient of the network with respect to its input. A step moves along the gradient divided by its
// root mean square over the pixels that the unit sees. Jitter, blur and decay keep out the fine noise that excites units too, but that no real image has. The images of
// all units are made side by side, and each depends on the seed and its unit alone.
func (v *Viewer) Maximise(ctx context.Context, layer int, units []int, o Options) ([]Made, error) {
	l, err := v.layer(layer, units)
	if err != nil || len(units) == 0 {
		return nil, err
	}
	if o.Steps < 0 || o.Rate < 0 || !(o.High >= o.Low) {
		return nil, errors.Errorf("features: options: got %d Steps, Rate %g, Low %g and High %g, want positive numbers and Low below High", o.Steps, o.Rate, o.Low, o.High)
	}
	o = o.withDefaults(l.Field)
	p, err := v.program(len(units), false)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	g, err := p.InputGradient(p.Layers[l.index].Pre)
	if err != nil {
		return nil, errors.Wrap(err, "features")
	}
	defer g.Close()
	a := ascent{Options: o, shape: v.image}
	for _, u := range units {
		a.begin(u)
	}
	made := make([]Made, len(units))
	weights := v.newTensor(l.aim(units, made), p.Layers[l.index].Pre.Shape()...)
	x := v.newTensor(nil, append([]int{len(units)}, v.image...)...)
	values := make([]float64, x.Shape().TotalSize())
	for step := range o.Steps + 1 { // the last run only looks
		if err := ctx.Err(); err != nil {
			return nil, errors.Wrapf(err, "features: stopped at step %d of %d", step, o.Steps)
		}
		a.shift(values, step == o.Steps)
		fill(x, values)
		if err := g.Run(x, weights); err != nil {
			return nil, errors.Wrap(err, "features")
		}
		if step < o.Steps {
			a.climb(floats(g.Gradient()), step)
		}
	}
	plane := l.Height * l.Width
	for i, u := range units {
		made[i].Image = a.images[i]
		made[i].Value = floats(g.Value())[(i*l.Units+u)*plane+made[i].Row*l.Width+made[i].Col]
	}
	return made, nil
}

// aim are the weights of the gradient: 1 for the middle of each image's unit, and 0 elsewhere.
func (l Layer) aim(units []int, made []Made) []float64 {
	plane := l.Height * l.Width
	weights := make([]float64, len(units)*l.Units*plane)
	for i, u := range units {
		made[i].Row, made[i].Col = l.Height/2, l.Width/2
		weights[(i*l.Units+u)*plane+made[i].Row*l.Width+made[i].Col] = 1
	}
	return weights
}

// An ascent is the state of images on their way.
type ascent struct {
	Options
	shape  tensor.Shape
	images [][]float64
	rngs   []*rand.Rand
	shifts [][2]int // of the current step
}

// begin adds the image of a unit: noise.
func (a *ascent) begin(unit int) {
	rng := rand.New(rand.NewPCG(a.Seed, uint64(unit)))
	image := make([]float64, a.shape.TotalSize())
	for i := range image {
		image[i] = a.Background + 0.1*rng.NormFloat64()
	}
	a.images, a.rngs, a.shifts = append(a.images, image), append(a.rngs, rng), append(a.shifts, [2]int{})
}

// shift writes the images to values, each shifted at random; not at the end.
func (a *ascent) shift(values []float64, end bool) {
	size := a.shape.TotalSize()
	for i, image := range a.images {
		by := &a.shifts[i]
		*by = [2]int{}
		if !end {
			by[0], by[1] = a.rngs[i].IntN(2*a.Jitter+1)-a.Jitter, a.rngs[i].IntN(2*a.Jitter+1)-a.Jitter
		}
		a.move(values[i*size:(i+1)*size], image, by[0], by[1])
	}
}

// move shifts an image; the pixels at its edge repeat.
func (a *ascent) move(to, from []float64, down, right int) {
	height, width := a.shape[1], a.shape[2]
	for c := range a.shape[0] {
		for i := range height {
			row := (c*height + min(max(i-down, 0), height-1)) * width
			for j := range width {
				to[(c*height+i)*width+j] = from[row+min(max(j-right, 0), width-1)]
			}
		}
	}
}

// climb moves each image along its gradient.
func (a *ascent) climb(gradients []float64, step int) {
	size := a.shape.TotalSize()
	back := make([]float64, size)
	for i, image := range a.images {
		a.move(back, gradients[i*size:(i+1)*size], -a.shifts[i][0], -a.shifts[i][1])
		rms := rootMeanSquare(back)
		if rms == 0 {
			continue
		}
		for k := range image {
			image[k] = min(max(image[k]+a.Decay*(a.Background-image[k])+a.Rate*back[k]/rms, a.Low), a.High)
		}
		a.blur(image, a.Blur*(1-float64(step)/float64(a.Steps)))
	}
}

// rootMeanSquare is that of the elements that are not zero: of the pixels that the unit sees.
func rootMeanSquare(gradient []float64) float64 {
	sum, n := 0.0, 0.0
	for _, g := range gradient {
		if g != 0 {
			sum, n = sum+g*g, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return math.Sqrt(sum / n)
}

// blur blurs an image by a Gaussian of a standard deviation, in both directions. The pixels at its edge repeat.
func (a *ascent) blur(image []float64, deviation float64) {
	if deviation < 0.1 {
		return
	}
	radius := int(math.Ceil(3 * deviation))
	weights, sum := make([]float64, radius+1), 0.0
	for k := range weights {
		weights[k] = math.Exp(-float64(k*k) / (2 * deviation * deviation))
		sum += weights[k] * float64(min(k+1, 2))
	}
	height, width := a.shape[1], a.shape[2]
	line := make([]float64, max(height, width))
	along := func(start, stride, length int) {
		for i := range length {
			line[i] = image[start+i*stride]
		}
		for i := range length {
			x := weights[0] * line[i]
			for k := 1; k <= radius; k++ {
				x += weights[k] * (line[max(i-k, 0)] + line[min(i+k, length-1)])
			}
			image[start+i*stride] = x / sum
		}
	}
	for c := range a.shape[0] {
		for i := range height {
			along((c*height+i)*width, 1, width)
		}
		for j := range width {
			along(c*height*width+j, width, height)
		}
	}
}
