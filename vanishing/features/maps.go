package features

import (
	"context"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// Filters are the weights of the first layer, if that is a convolution of the image: one tensor (channels of the image, height, width)
// for each of its units. The weights show what a unit sees; those of later layers do not, for they read maps.
func (v *Viewer) Filters() ([]*tensor.Dense, error) {
	p, err := v.program(1, false)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	first := p.Layers[v.Layers[0].index].Linear
	for op.SpecOf(first).Kind != op.KindConv && len(op.Operands(first)) > 0 { // past the bias
		first = op.Operands(first)[0]
	}
	if op.SpecOf(first).Kind != op.KindConv {
		return nil, errors.Errorf("features: filters: got %s, want a convolution as the first layer", v.Layers[0].Path)
	}
	for _, w := range p.Weights {
		if w.Node == op.Operands(first)[1] {
			return alongFirst(w.Value), nil
		}
	}
	return nil, errors.Errorf("features: filters: the weight of %s is computed, got no parameter", v.Layers[0].Path)
}

// alongFirst are the parts of a tensor of four axes along its first one, copied.
func alongFirst(t *tensor.Dense) []*tensor.Dense {
	shape, values := t.Shape(), floats(t)
	n := shape.TotalSize() / shape[0]
	list := make([]*tensor.Dense, shape[0])
	for i := range list {
		list[i] = tensor.New(tensor.WithShape(shape[1:]...), tensor.WithBacking(append([]float64(nil), values[i*n:(i+1)*n]...)))
	}
	return list
}

// Maps are the maps that an image (channels, height, width) makes in each layer: tensors (units, height, width) of float64, in the order
// of Layers.
func (v *Viewer) Maps(image []float64) ([]*tensor.Dense, error) {
	if len(image) != v.image.TotalSize() {
		return nil, errors.Errorf("features: image: got %d values, want %d for %v", len(image), v.image.TotalSize(), v.image)
	}
	p, err := v.program(1, true)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := p.Run(v.newTensor(image, append([]int{1}, v.image...)...), nil); err != nil {
		return nil, errors.Wrap(err, "features")
	}
	var maps []*tensor.Dense
	for _, l := range v.Layers {
		values := floats(valueOf(p.Layers[l.index]).Value().(*tensor.Dense))
		maps = append(maps, tensor.New(tensor.WithShape(l.Units, l.Height, l.Width), tensor.WithBacking(append([]float64(nil), values...))))
	}
	return maps, nil
}

// eachBatch runs the network on all images (n, channels, height, width), and hands the values of a layer to take, with the number of the
// first image.
func (v *Viewer) eachBatch(ctx context.Context, images *tensor.Dense, l Layer, take func(first int, values []float64)) error {
	if images == nil || images.Dims() != 4 || !images.Shape()[1:].Eq(v.image) {
		return errors.Errorf("features: images: got %v, want shape (n, %d, %d, %d)", images, v.image[0], v.image[1], v.image[2])
	}
	n, size := images.Shape()[0], v.image.TotalSize()
	all := floats(images)
	var p *graph.Program
	defer func() {
		if p != nil {
			p.Close()
		}
	}()
	const most = 100
	for first := 0; first < n; first += most {
		if err := ctx.Err(); err != nil {
			return errors.Wrapf(err, "features: stopped at image %d of %d", first, n)
		}
		batch := min(most, n-first)
		if p == nil || p.Input.Shape()[0] != batch {
			next, err := v.program(batch, false)
			if err != nil {
				return err
			}
			if p != nil {
				p.Close()
			}
			p = next
		}
		remove := p.Tap(valueOf(p.Layers[l.index]), tapped(func(values []float64) { take(first, values) }))
		err := p.Run(v.newTensor(all[first*size:(first+batch)*size], append([]int{batch}, v.image...)...), nil)
		remove()
		if err != nil {
			return errors.Wrap(err, "features")
		}
	}
	return nil
}
