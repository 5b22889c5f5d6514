package spike

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
)

// A sampleWatch is a callback that measures the gradient of each sample of each batch. In a layer z = x·w + b the gradient of one sample
// is x·dzᵀ, whose squared norm is |x|²·|dz|² (Goodfellow 2015), and with the bias (|x|² + 1)·|dz|². In a convolution that is an upper
// bound. Layers whose values do not have the samples along the first axis are left out.
type sampleWatch struct {
	train.Base
	taps   map[*graph.Program][]*layerTap
	remove []func()
	steps  map[int]stepSamples // by step
	last   int                 // step
}

// stepSamples are the samples of a step.
type stepSamples struct {
	rows    []int
	squares []float64 // of the norms of their gradients, of all layers together
}

// A layerTap holds squared norms by sample of one layer's data and gradient.
type layerTap struct {
	data        *gorgonia.Node
	x, dz       []float64
	seenX, seen bool
}

func newSampleWatch() *sampleWatch {
	return &sampleWatch{taps: make(map[*graph.Program][]*layerTap), steps: make(map[int]stepSamples)}
}

// Compiled sets the taps.
func (w *sampleWatch) Compiled(_ *train.Run, p *graph.Program) error {
	samples := p.Input.Shape()[0]
	for i, l := range p.Structure().Layers {
		data, delta := l.Maps[0].Data, p.Layers[i].Linear.Deriv()
		if data == nil || delta == nil || !along(data, samples) || !along(delta, samples) {
			continue
		}
		t := &layerTap{data: data, x: make([]float64, samples), dz: make([]float64, samples)}
		w.taps[p] = append(w.taps[p], t)
		w.remove = append(w.remove, p.Tap(delta, func(v gorgonia.Value) { t.seen = squaresOfRows(t.dz, v) }))
		if data != p.Input {
			w.remove = append(w.remove, p.Tap(data, func(v gorgonia.Value) { t.seenX = squaresOfRows(t.x, v) }))
		}
	}
	return nil
}

// along reports whether the samples lie along the first axis of a node.
func along(n *gorgonia.Node, samples int) bool {
	shape := n.Shape()
	return len(shape) > 1 && shape[0] == samples
}

// squaresOfRows sums the squares of each sample.
func squaresOfRows(sums []float64, v gorgonia.Value) bool {
	d, ok := v.(*tensor.Dense)
	if !ok || d.RequiresIterator() || d.DataOrder().IsColMajor() {
		return false
	}
	switch x := d.Data().(type) {
	case []float32:
		rowSums(sums, x)
	case []float64:
		rowSums(sums, x)
	default:
		return false
	}
	return true
}

func rowSums[T float32 | float64](sums []float64, x []T) {
	n := len(x) / len(sums)
	for i := range sums {
		sums[i] = 0
		for _, v := range x[i*n : (i+1)*n] {
			sums[i] += float64(v) * float64(v)
		}
	}
}

// BeforeUpdate adds up the layers.
func (w *sampleWatch) BeforeUpdate(r *train.Run) error {
	s := stepSamples{rows: slices.Clone(r.Samples()), squares: make([]float64, r.Program.Input.Shape()[0])}
	for _, t := range w.taps[r.Program] {
		if t.data == r.Program.Input {
			t.seenX = squaresOfRows(t.x, r.Program.InputValue())
		}
		if !t.seen || !t.seenX {
			continue
		}
		for i := range s.squares {
			s.squares[i] += (t.x[i] + 1) * t.dz[i]
		}
	}
	w.steps[r.Step], w.last = s, r.Step
	return nil
}

// End removes the taps.
func (w *sampleWatch) End(*train.Run) error {
	for _, remove := range w.remove {
		remove()
	}
	return nil
}

// A Sample is one sample of a batch.
type Sample struct {
	Row   int     // in the training set
	Share float64 // of the sum of the squared gradients of the batch's samples
	Times float64 // the norm of its gradient over that of a typical sample of the batch
}

// Samples stand out if their gradient is more than aside times that of a typical sample, and more than a tenth of the batch's.
const (
	aside      = 8
	tenth      = 0.1
	maxSamples = 5
)

// outstanding lists the samples that stand out, the largest first.
func (s stepSamples) outstanding() []Sample {
	total, typical := 0.0, 0.0
	for _, v := range s.squares {
		total += v
	}
	if len(s.squares) > 0 {
		typical = median(s.squares)
	}
	var list []Sample
	for i, v := range s.squares {
		if i >= len(s.rows) {
			break
		}
		broken := math.IsNaN(v - v) // NaN or infinite
		if !broken && !(v > aside*aside*typical && v > tenth*total) {
			continue
		}
		list = append(list, Sample{Row: s.rows[i], Share: v / total, Times: math.Sqrt(v / typical)})
	}
	if 2*len(list) > len(s.squares) {
		return nil // it is not one sample or a few
	}
	slices.SortStableFunc(list, func(a, b Sample) int { return -compare(a.Times, b.Times) })
	return list[:min(len(list), maxSamples)]
}

// compare orders numbers; NaN is the largest.
func compare(a, b float64) int {
	switch {
	case a == b || math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a) || a > b:
		return 1
	}
	return -1
}
