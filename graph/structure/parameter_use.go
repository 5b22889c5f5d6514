package structure

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A use tells how the structure uses a parameter.
type use struct {
	role   ParameterRole
	layers []*layer // a layer may be listed several times
	group  *group   // of all layers; nil if they have several
	at     int      // where it met samples first
	reader int      // what makes no layer of it and samples; -1 if there is none
	units  Units    // of its first map
}

// use notes that the parameters of an operand meet samples at a node, in a layer or outside of all layers.
func (f *finder) use(l *layer, role ParameterRole, operand, n int) (nodes []*gorgonia.Node) {
	hidden := f.hiddenIn(operand)
	for _, p := range f.parametersOf(operand) {
		u := f.uses[p]
		if slices.Contains(hidden, p) {
			u.reader = f.hidden[operand]
			continue
		}
		if u.role == NoRole {
			u.at = n
		}
		if u.role == NoRole || role == Weight { // a weight times a learned first state is the bias of the first step
			u.role = role
		}
		if l != nil {
			u.layers = append(u.layers, l)
		}
		nodes = append(nodes, f.nodes[p])
	}
	return nodes
}

// groupUses finds the group of the layers of each parameter.
func (f *finder) groupUses() {
	for _, u := range f.uses {
		for i, l := range u.layers {
			if g := l.final().group; i == 0 {
				u.group = g
			} else if g != u.group {
				u.group = nil
				break
			}
		}
	}
}

// noteParameters notes the parameters that meet samples at a node and belong to no layer there.
func (f *finder) noteParameters(n int) {
	if kind := f.specs[n].Kind; f.mapOf[n] != nil || kind == op.KindRecurrent || kind == op.KindRecurrentPart || kind == op.KindLRU {
		return
	}
	for _, k := range f.reads[n] {
		if f.origins[k] != parameter || f.isPenalty(k, n) {
			continue
		}
		if kind := f.specs[n].Kind; kind == op.KindUnknown || kind == op.KindGradient || f.expands(n, k) {
			for _, p := range f.parametersOf(k) {
				f.uses[p].reader = n
			}
			continue
		}
		f.use(nil, f.roleAt(nil, n), k, n)
	}
}

// expands reports whether a parameter gives a node more elements than its samples have, as in a product that is written as a
// multiplication and a sum. Such a parameter is no bias and no gain.
func (f *finder) expands(n, param int) bool {
	if sizeOf(f.shapes[param]) == 1 || f.specs[n].Kind == op.KindConcat {
		return false
	}
	most := 0
	for _, k := range f.reads[n] {
		if f.origins[k] == sample {
			most = max(most, sizeOf(f.shapes[k]))
		}
		if s := f.statistics[k]; s.stage != noStage { // the gain of a normalisation may meet a statistic first
			most = max(most, sizeOf(f.shapes[s.of]))
		}
	}
	return sizeOf(f.shapes[n]) > most
}

// findHidden finds the networks of parameters alone, such as one that computes the weights of another. For each node it keeps
// the last activation that follows a product of parameters; -1 if there is none.
func (f *finder) findHidden() {
	hasProduct := make([]bool, len(f.nodes))
	f.hidden = make([]int, len(f.nodes))
	for n, spec := range f.specs {
		f.hidden[n] = -1
		if f.origins[n] != parameter {
			continue
		}
		for _, k := range f.reads[n] {
			hasProduct[n] = hasProduct[n] || hasProduct[k]
			f.hidden[n] = max(f.hidden[n], f.hidden[k])
		}
		if spec.Kind == op.KindActivate && hasProduct[n] {
			f.hidden[n] = n
		}
		hasProduct[n] = hasProduct[n] || spec.Kind.IsProduct()
	}
}

// hiddenIn lists the parameters of the network of parameters that computes an operand.
func (f *finder) hiddenIn(operand int) []int {
	if f.hidden[operand] < 0 {
		return nil
	}
	return f.parametersOf(f.hidden[operand])
}

// isPenalty reports whether a number computed from parameters is combined with the loss, as in weight decay.
func (f *finder) isPenalty(operand, n int) bool {
	return len(f.shapes[n]) == 0 && slices.ContainsFunc(f.coneOf(operand), func(k int) bool {
		switch f.specs[k].Kind {
		case op.KindSum, op.KindMean, op.KindMax, op.KindDot:
			return true
		}
		return false
	})
}

// roleAt is the role of a parameter that operation n combines with a layer; l is nil if it belongs to none.
func (f *finder) roleAt(l *layer, n int) ParameterRole {
	switch kind := f.specs[n].Kind; {
	case kind == op.KindMul || kind == op.KindDiv || kind == op.KindPow:
		return Gain
	case l != nil && l.norm != NoNorm:
		return Shift
	}
	return Bias
}
