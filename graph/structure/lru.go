package structure

import "github.com/gradflow/gradflow/graph/op"

// linearRecurrence extends a layer by a recurrence of states that have one factor each, or begins a layer with it. The recurrence is a
// diagonal map of the states; its factors are computed from two parameters. What is added to the states counts as the pre-activation: the
// gradient by it is that by the states of all steps, through later steps too.
func (f *finder) linearRecurrence(n int) bool {
	if f.specs[n].Kind != op.KindLRU {
		return false
	}
	v, factors := f.reads[n][0], f.reads[n][1:]
	l := f.open(v, n)
	if l == nil {
		l = f.beginRecurrence(n, v)
	} else {
		l.settle()
		f.follow(l, n)
	}
	l.axis = 0
	l.linearSteps = f.shapes[n][1]
	l.maps = append(l.maps, product{node: n, weight: factors[0], data: n, bias: -1, inner: 1})
	for _, p := range factors {
		f.use(l, Weight, p, n)
	}
	return true
}
