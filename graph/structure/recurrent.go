package structure

import (
	"github.com/gradflow/gradflow/graph/op"
)

// recurrent extends a layer by a recurrence that one operation computes, or begins one with it. The layer has the map of the input, if
// it is open, and that of the state; what the states are added to counts as its pre-activation, because the sums are no node.
func (f *finder) recurrent(n int) bool {
	switch f.specs[n].Kind {
	case op.KindRecurrent:
		f.recurrence(n)
		return true
	case op.KindRecurrentPart:
		f.recurrentPart(n)
		return true
	}
	return false
}

// recurrence notes the layer of a recurrence. One whose weight is no parameter is none.
func (f *finder) recurrence(n int) {
	from := f.reads[n]
	x, weight := from[0], from[1]
	if f.origins[weight] != parameter {
		return
	}
	l := f.open(x, f.recurrentReaders(x)...)
	if l == nil {
		l = f.beginRecurrence(n, x)
	} else {
		l.settle()
		f.follow(l, n)
		l.axis = 0
	}
	l.steps, l.cell, l.reverse = f.shapes[x][1], f.specs[n].Cell, f.specs[n].Reverse
	p := product{node: n, weight: weight, data: n, bias: -1, transposed: true, inner: f.shapes[weight][1]}
	l.maps = append(l.maps, p)
	f.use(l, Weight, weight, n)
	f.noteUnits(weight, f.unitsOf(p))
	for _, k := range from[2:] {
		if f.origins[k] == parameter { // a learned first state is the bias of the first step
			l.bias = append(l.bias, f.use(l, Bias, k, n)...)
		}
	}
}

// beginRecurrence begins a layer with a recurrence at n, whose pre-activation is x.
func (f *finder) beginRecurrence(n, x int) *layer {
	f.level[n]++
	l := &layer{end: n, pre: x, act: -1, level: f.level[n]}
	f.layers = append(f.layers, l)
	f.ends[n], f.owner[n], f.mapOf[n] = l, l, l
	return l
}

// recurrentReaders lists the operations of a recurrence that read x.
func (f *finder) recurrentReaders(x int) (list []int) {
	for _, r := range f.readers[x] {
		if kind := f.specs[r].Kind; kind == op.KindRecurrent || kind == op.KindRecurrentPart {
			list = append(list, r)
		}
	}
	return list
}

// recurrentPart ends the layer of a recurrence at its states.
func (f *finder) recurrentPart(n int) {
	record := f.reads[n][0]
	l := f.owner[record]
	if l == nil || f.origins[n] != sample {
		return
	}
	f.owner[n], f.ends[record] = l, nil
	if name := f.specs[n].Name; name != "outputs" && (name != "last" || f.specs[l.end].Name == "outputs") {
		return
	}
	l.end = n
	l.maps[len(l.maps)-1].data = n
	switch l.cell {
	case op.RNNTanh:
		l.act, l.activation = n, op.Tanh
	case op.RNNReLU:
		l.act, l.activation = n, op.ReLU
	}
}

// fused reports whether one operation computes all steps of a layer.
func (l *layer) fused() bool { return l.steps > 0 }
