package vanishing

import (
	"slices"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// describe makes a profile of the watched layers, parameters and blocks, without records.
func (w *probe) describe(name string) profile.Profile {
	params := w.program.Params
	p := profile.Profile{Name: name, Dtype: params.Dtype().String(), Seed: params.Seed(), Trained: params.Trained()}
	for _, l := range w.layers {
		p.Layers = append(p.Layers, describeLayer(w.program, l))
	}
	for _, s := range w.sequences {
		p.Sequences = append(p.Sequences, s.Sequence)
	}
	for _, a := range w.attentions {
		p.Attentions = append(p.Attentions, a.Attention)
	}
	p.Unseen, p.Dropout = unseen(w.program), largestDropout(w.program)
	for _, b := range w.params {
		p.Params = append(p.Params,
			profile.Param{Name: b.Name, Layer: b.Layer, Depth: b.Depth, Role: b.Role.String(), Size: b.Size()})
	}
	for _, b := range w.blocks {
		p.Blocks = append(p.Blocks, profile.Block{Path: b.Path, First: b.First, Last: b.Last, NoSkip: b.Skip == nil})
	}
	return p
}

func describeLayer(p *graph.Program, l *graph.LayerTrace) profile.Layer {
	layer := profile.Layer{Path: l.Path, Depth: l.Depth, OnSkip: l.OnSkip, FanIn: l.In, Step: l.Step, Recurrent: l.Recurrent, FirstRecurrent: l.FirstRecurrent, Stacked: l.Stacked}
	layer.Units, _ = l.Units()
	if l.Act != nil {
		layer.Activation = activationOf(l.Activation)
	}
	layer.Norm.Kind = normKinds[l.Norm]
	if w := weightOf(p, l); w != nil {
		layer.Init = initializerOf(w.Init)
	}
	return layer
}

// weightOf returns the weight of a layer's linear map, or nil if it has none.
func weightOf(p *graph.Program, l *graph.LayerTrace) *graph.Binding {
	for _, b := range p.Weights {
		if b.Layer == l.Path && b.Role == graph.Weight {
			return b
		}
	}
	return nil
}

// unseen lists the weights that belong to no layer of the program's structure. Parameters that only a penalty reads are none.
func unseen(p *graph.Program) (names []string) {
	for _, u := range p.Structure().Unreached() {
		if u.Reader != nil && !isVector(u) {
			names = append(names, u.Name)
		}
	}
	return names
}

// largestDropout is the largest probability of a dropout in a program; 0 if there is none. Gorgonia's own dropout does not tell its.
func largestDropout(p *graph.Program) (largest profile.Number) {
	for _, n := range p.Graph.AllNodes() {
		if spec := op.SpecOf(n); spec.Kind == op.KindDropoutMask {
			largest = max(largest, profile.Number(spec.Alpha))
		}
	}
	return largest
}

// isVector reports whether a parameter may be the bias or the gain of the operation that reads it: it is a number, or a vector with
// a number for each element along an axis of another operand.
func isVector(u *structure.Parameter) bool {
	size := u.Node.Shape().TotalSize()
	if u.Node.Dims() > 1 {
		return false
	}
	if size == 1 {
		return true
	}
	for _, other := range op.Operands(u.Reader) {
		if other != u.Node && slices.Contains(other.Shape(), size) {
			return true
		}
	}
	return false
}
