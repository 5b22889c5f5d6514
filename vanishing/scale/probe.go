package scale

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/train/optim"
)

// A probe measures one network over some steps on one batch.
type probe struct {
	program *graph.Program // nil after the steps
	places  []*place
	maps    []*watchedMap
	last    *structure.Block // the last block; nil if there is none
	stream  []float64        // its sum in the first step
	sizes   sizes

	blockMaps int // the largest number of maps on the path through a block
}

// A watchedMap is a linear map with its first values.
type watchedMap struct {
	layer        string
	node         *gorgonia.Node
	operands     []*gorgonia.Node
	data, weight int           // places in operands
	data0        *tensor.Dense // nil if the data are not differentiated, as tokens
	weight0      *tensor.Dense
}

// sizes are mean squares, by what was measured.
type sizes map[key]meanSquare

type key struct {
	layer    string
	quantity Quantity
	step     int
}

type meanSquare struct {
	sum float64
	n   int
}

func (s sizes) add(k key, values []float64) {
	m := s[k]
	for _, v := range values {
		m.sum += v * v
	}
	m.n += len(values)
	s[k] = m
}

// rms is the root mean square of a quantity; NaN if it was not measured.
func (s sizes) rms(k key) float64 {
	m := s[k]
	return math.Sqrt(m.sum / float64(m.n))
}

// measure trains a model for some steps and measures it before each and after the last.
func (c Config) measure(width, depth int, seed uint64) (*probe, error) {
	p, err := graph.Build(graph.Config{
		Model: c.Family(width, depth), Params: graph.NewParams(tensor.Float32, seed), Loss: c.Loss, KeepAll: true, Seed: seed,
		Inputs: []graph.Input{{Name: "input", Shape: c.X.Shape(), Dtype: c.X.Dtype()}},
	})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	m := &probe{program: p, sizes: make(sizes)}
	if err := m.watch(len(c.Depths) > 1); err != nil {
		return nil, err
	}
	optimizer := c.Optimizer()
	for step := range c.Steps + 1 {
		if err := p.Run(c.X, c.Y); err != nil {
			return nil, err
		}
		if err := m.note(step); err != nil {
			return nil, errors.Wrapf(err, "step %d", step)
		}
		if err := m.move(optimizer); err != nil {
			return nil, err
		}
	}
	m.program, m.maps, m.stream = nil, nil, nil // which hold the memory of the network
	return m, nil
}

// watch finds the maps of the network, and its last block.
func (m *probe) watch(depth bool) error {
	network := m.program.Structure()
	m.places = placesOf(network, depth)
	for i, l := range network.Layers {
		for _, in := range l.Maps {
			w := &watchedMap{layer: m.places[i].Name, node: in.Node, operands: op.Operands(in.Node)}
			w.data, w.weight = slices.Index(w.operands, in.Data), slices.Index(w.operands, in.Weight)
			if w.data < 0 || w.weight < 0 || !op.SpecOf(in.Node).Kind.IsProduct() {
				return errors.Errorf("layer %s: got the operation %v, want a product of data and weight", l.Path, in.Node.Op())
			}
			m.maps = append(m.maps, w)
		}
	}
	for _, b := range network.Blocks {
		depths := make(map[int]bool)
		for _, i := range b.Layers {
			depths[network.Layers[i].Depth] = true
		}
		m.blockMaps = max(m.blockMaps, len(depths))
	}
	if n := len(network.Blocks); n > 0 {
		m.last = network.Blocks[n-1]
	}
	return nil
}

// note measures all maps after a run.
func (m *probe) note(step int) error {
	for _, w := range m.maps {
		m.sizes.add(key{w.layer, Activation, step}, floats(w.node.Value()))
		if d := w.node.Deriv(); d != nil {
			m.sizes.add(key{w.layer, Gradient, step}, floats(d.Value()))
		}
		if step == 0 {
			w.begin()
			continue
		}
		if err := m.effects(w, step); err != nil {
			return errors.Wrapf(err, "layer %s", w.layer)
		}
	}
	if m.last != nil {
		now := floats(m.last.Sum.Value())
		m.sizes.add(key{stream, Activation, step}, now)
		if step == 0 {
			m.stream = now
		} else {
			m.sizes.add(key{stream, Change, step}, difference(now, m.stream))
		}
	}
	return nil
}

// begin keeps the first values of a map.
func (w *watchedMap) begin() {
	if data := w.operands[w.data]; data.Dtype() != tensor.Int {
		w.data0 = copyOf(data)
	}
	w.weight0 = copyOf(w.operands[w.weight])
}

// effects measures what a change of the weight and a change of the data each do to the result: (W-W0)·x and W0·(x-x0), whose sum is the
// change of W·x.
func (m *probe) effects(w *watchedMap, step int) error {
	data, weight := w.operands[w.data].Value(), w.operands[w.weight].Value()
	moved, err := w.apply(data, less(weight, w.weight0))
	if err != nil {
		return err
	}
	m.sizes.add(key{w.layer, Update, step}, moved)
	if w.data0 == nil {
		return nil
	}
	change := less(data, w.data0)
	values := floats(change)
	if !slices.ContainsFunc(values, func(v float64) bool { return v != 0 }) {
		return nil // the input of the network
	}
	carried, err := w.apply(change, w.weight0)
	if err != nil {
		return err
	}
	m.sizes.add(key{w.layer, Carried, step}, carried)
	m.sizes.add(key{w.layer, Arriving, step}, values)
	return nil
}

// apply computes a map of other data and another weight, without bias.
func (w *watchedMap) apply(data, weight gorgonia.Value) ([]float64, error) {
	in := make([]gorgonia.Value, len(w.operands))
	for i, n := range w.operands {
		switch i {
		case w.data:
			in[i] = data
		case w.weight:
			in[i] = weight
		default:
			in[i] = tensor.New(tensor.Of(n.Dtype()), tensor.WithShape(n.Shape()...))
		}
	}
	y, err := w.node.Op().Do(in...)
	if err != nil {
		return nil, err
	}
	return floats(y), nil
}

// move makes a step of the optimiser.
func (m *probe) move(o optim.Optimizer) error {
	params := make([]*graph.Param, len(m.program.Weights))
	grads := make([]*tensor.Dense, len(params))
	for i, w := range m.program.Weights {
		params[i] = w.Param
		if w.Grad != nil {
			grads[i] = w.Grad.Value().(*tensor.Dense)
		}
	}
	return o.Step(params, grads, o.Rate())
}

func copyOf(n *gorgonia.Node) *tensor.Dense { return n.Value().(*tensor.Dense).Clone().(*tensor.Dense) }

// less is a - b, for two tensors of float32.
func less(a gorgonia.Value, b *tensor.Dense) *tensor.Dense {
	d := b.Clone().(*tensor.Dense)
	x := a.Data().([]float32)
	for i, v := range d.Float32s() {
		d.Float32s()[i] = x[i] - v
	}
	return d
}

func difference(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return d
}

// floats are the numbers of a value of float32.
func floats(v gorgonia.Value) []float64 {
	if x, scalar := v.Data().(float32); scalar {
		return []float64{float64(x)}
	}
	x := v.Data().([]float32)
	list := make([]float64, len(x))
	for i := range x {
		list[i] = float64(x[i])
	}
	return list
}
