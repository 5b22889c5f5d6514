package vanishing

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// A watch is what the taps write into. They do nothing while no record is open.
type watch struct {
	record *Record
	remove []func() // each takes one tap off again
}

// begin opens a record of a step. Each number not taken later stays NaN.
func (w *watch) begin(layers, params int) {
	w.record = &Record{Layers: make([]LayerRecord, layers), Params: make([]ParamRecord, params)}
	for i := range w.record.Params {
		w.record.Params[i].UpdateRatio = math.NaN()
	}
}

// end closes the record and gives it back.
func (w *watch) end() Record {
	record := *w.record
	w.record = nil
	return record
}

// attach sets the taps of a training program.
func (w *watch) attach(p *graph.Program) error {
	if err := check(p); err != nil {
		return err
	}
	w.watchFlushed(p)
	for i, layer := range p.Layers {
		w.attachLayer(p, i, layer)
	}
	w.attachParams(p)
	return nil
}

// attachGradients sets the taps for gradients alone, those of the parameters only if asked for.
func (w *watch) attachGradients(p *graph.Program, params bool) error {
	if err := check(p); err != nil {
		return err
	}
	w.watchFlushed(p)
	for i, layer := range p.Layers {
		w.attachDelta(p, i, layer)
	}
	if params {
		w.attachParams(p)
	}
	return nil
}

func (w *watch) watchFlushed(p *graph.Program) {
	p.Machine().WatchFlushed(true)
	w.remove = append(w.remove, func() { p.Machine().WatchFlushed(false) })
}

func (w *watch) attachParams(p *graph.Program) {
	for i, b := range trained(p) {
		w.tap(p, b.Grad, func(grad gorgonia.Value) {
			if w.record != nil {
				w.record.Params[i].GradL2, w.record.Params[i].GradRMS = valueSizes(grad)
			}
		})
	}
}

func (w *watch) attachDelta(p *graph.Program, i int, layer *graph.LayerTrace) {
	delta := layer.Pre.Deriv()
	w.tap(p, delta, func(v gorgonia.Value) {
		if w.record == nil {
			return
		}
		l := &w.record.Layers[i]
		l.DeltaRMS = valueRMS(v)
		if m := p.Machine(); m.Flushed(delta) || layer.Act != nil && m.Flushed(layer.Act.Deriv()) {
			l.Flushed = max(0, zeros(v)-l.Saturated)
		}
	})
}

func (w *watch) attachLayer(p *graph.Program, i int, layer *graph.LayerTrace) {
	w.attachDelta(p, i, layer)
	output, measure := layer.Pre, func(*LayerRecord, gorgonia.Value) {}
	if layer.Act != nil {
		output = layer.Act
		saturation := newSaturation(layer.Activation, units(layer))
		set := func(l *LayerRecord, v gorgonia.Value) { l.Saturated, l.Dead = saturation.measure(v) }
		if saturation.ofY {
			saturation.toOutput(layer.Activation)
			measure = set
		} else {
			w.tap(p, layer.Pre, func(z gorgonia.Value) {
				if w.record != nil {
					set(&w.record.Layers[i], z)
				}
			})
		}
	}
	w.tap(p, output, func(a gorgonia.Value) {
		if w.record != nil {
			l := &w.record.Layers[i]
			l.ActMean, l.ActStd = valueMeanStd(a)
			measure(l, a)
		}
	})
}

func (w *watch) tap(p *graph.Program, n *gorgonia.Node, f func(gorgonia.Value)) {
	w.remove = append(w.remove, p.Tap(n, f))
}

// detach takes all taps off again.
func (w *watch) detach() {
	for _, remove := range w.remove {
		remove()
	}
	w.remove = nil
}

// check says why the gradients of a program cannot be watched, if so.
func check(p *graph.Program) error {
	if p == nil {
		return errors.New("vanishing: the program is nil: make one with graph.Build")
	}
	if p.Loss == nil || p.Mode != graph.Train {
		return errors.Errorf("vanishing: a program in mode %v without gradients cannot be watched: build one in mode train with a loss", p.Mode)
	}
	for _, layer := range p.Layers {
		if layer.Pre.Deriv() == nil {
			return errors.Errorf("vanishing: layer %s has no gradient: the loss does not depend on it", layer.Path)
		}
	}
	return nil
}

// trained lists the parameters that have a gradient.
func trained(p *graph.Program) []*graph.Binding {
	var list []*graph.Binding
	for _, b := range p.Weights {
		if b.Grad != nil {
			list = append(list, b)
		}
	}
	return list
}

// describe makes the profile of a program, without records.
func describe(name string, p *graph.Program) Profile {
	profile := Profile{Name: name, Dtype: p.Params.Dtype().String(), Seed: p.Params.Seed()}
	for _, l := range p.Layers {
		profile.Layers = append(profile.Layers, describeLayer(p, l))
	}
	for _, b := range p.Blocks {
		profile.Blocks = append(profile.Blocks, Block{Path: b.Path, First: b.First, Last: b.Last})
	}
	for _, b := range trained(p) {
		profile.Params = append(profile.Params,
			Param{Name: b.Name, Layer: b.Layer, Depth: b.Depth, Role: b.Role.String(), Size: b.Size()})
	}
	return profile
}

func describeLayer(p *graph.Program, l *graph.LayerTrace) Layer {
	layer := Layer{Path: l.Path, Depth: l.Depth, Units: units(l), OnSkip: l.OnSkip}
	if l.Act != nil {
		layer.Activation = l.Activation.String()
	}
	if l.Norm != graph.NoNorm {
		layer.Norm = l.Norm.String()
	}
	if w := weightOf(p, l); w != nil {
		layer.FanIn, layer.Init = w.Fan.In, w.Init.String()
	}
	return layer
}

// weightOf is the weight of a layer's linear map; nil if there is none.
func weightOf(p *graph.Program, l *graph.LayerTrace) *graph.Binding {
	for _, b := range p.Weights {
		if b.Layer == l.Path && b.Role == graph.Weight {
			return b
		}
	}
	return nil
}

// units is the width of a layer: its last dimension.
func units(l *graph.LayerTrace) int {
	shape := l.Pre.Shape()
	return shape[len(shape)-1]
}
