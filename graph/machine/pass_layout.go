package machine

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// layout computes convolutional networks on images whose channels lie in blocks, the layout of the fastest kernels. Convolutions take
// and give such images; so does each operation that has a form for them and reads them. Values are converted where others read them:
// operations without such a form, taps, and the program.
func layout(c *compilation) error {
	l := layouter{images: make(map[*step]*step), hidden: make(map[*step]bool), made: make(map[string]*step), readers: readersOf(c.steps)}
	l.evaluates = !slices.ContainsFunc(c.steps, func(s *step) bool { return op.SpecOf(s.node).Kind == op.KindGradient })
	for _, s := range c.steps {
		if form := l.form(s); form != nil {
			l.use(s, form)
			continue
		}
		for _, input := range s.inputs {
			l.show(input)
		}
		l.steps = append(l.steps, s)
	}
	c.steps = l.steps
	return nil
}

// readersOf lists the steps that read the value of each step.
func readersOf(steps []*step) map[*step][]*step {
	readers := make(map[*step][]*step)
	for _, s := range steps {
		for _, input := range s.inputs {
			readers[input] = append(readers[input], s)
		}
	}
	return readers
}

// A layouter is the list of steps so far.
type layouter struct {
	steps   []*step
	readers map[*step][]*step
	images  map[*step]*step  // steps that compute images in blocks, by the steps that convert them, which are in the list if shown
	hidden  map[*step]bool   // of these, those that are not in the list
	made    map[string]*step // steps of terms, by what they compute

	evaluates bool // whether there is no gradient, so that parameters seldom change
}

// form gives the form that a step takes, or nil.
func (l *layouter) form(s *step) *op.Blocked {
	form := formOf(s)
	switch {
	case form == nil:
		return nil
	case form.Starts, l.reads(s, form.Term):
		return form
	case form.Images && !readsImages(form.Term) && slices.ContainsFunc(l.readers[s], func(r *step) bool { return formOf(r) != nil }):
		return form
	}
	return nil
}

// formOf is the form of a step for images in blocks; nil if there is none.
func formOf(s *step) *op.Blocked {
	if s.kind != isOurs || s.node.Dtype() != tensor.Float32 {
		return nil
	}
	return s.op.Blocked(s.inputShapes())
}

// reads reports whether a term reads images that are in blocks already.
func (l *layouter) reads(s *step, t op.Term) bool {
	if t.Op == nil {
		return t.Images && l.images[s.inputs[t.Input]] != nil
	}
	return slices.ContainsFunc(t.Args, func(t op.Term) bool { return l.reads(s, t) })
}

// readsImages reports whether a term reads images in blocks.
func readsImages(t op.Term) bool {
	return t.Op == nil && t.Images || slices.ContainsFunc(t.Args, readsImages)
}

// use appends the steps of a form. If its result is images in blocks, the step becomes their conversion.
func (l *layouter) use(s *step, form *op.Blocked) {
	inputs, plain := l.values(s, form.Term.Args), s.inputs
	defer func() { l.tapInputs(s, plain) }()
	if !form.Images {
		s.op, s.inputs = form.Term.Op, inputs
		l.steps = append(l.steps, s)
		return
	}
	t := newTerm(s, form.Term.Op, inputs)
	l.steps = append(l.steps, t)
	l.images[s] = t
	s.op, s.inputs = form.Plain, []*step{t}
	if s.kept || s.taps != nil {
		l.steps = append(l.steps, s)
	} else {
		l.hidden[s] = true
	}
}

// tapInputs makes a step of the taps of a step that ask for its inputs too, which are no longer what it reads.
func (l *layouter) tapInputs(s *step, plain []*step) {
	asks := func(t *tap) bool { return t.inputs }
	if !slices.ContainsFunc(s.taps, asks) {
		return
	}
	for _, input := range plain {
		l.show(input)
	}
	l.steps = append(l.steps, takeTaps(s, asks, plain...))
}

// show appends the conversion of a step, unless it is in the list.
func (l *layouter) show(s *step) {
	if l.hidden[s] {
		l.steps = append(l.steps, s)
		delete(l.hidden, s)
	}
}

// values gives the steps that compute terms of the inputs of a step.
func (l *layouter) values(s *step, terms []op.Term) []*step {
	list := make([]*step, len(terms))
	for i, t := range terms {
		list[i] = l.value(s, t)
	}
	return list
}

// value gives the step that computes a term.
func (l *layouter) value(s *step, t op.Term) *step {
	if t.Op != nil {
		return l.make(s, t.Op, l.values(s, t.Args))
	}
	input := s.inputs[t.Input]
	if t.Images {
		return l.inBlocks(s, input)
	}
	l.show(input)
	return input
}

// inBlocks gives the step that computes the images of an input in blocks.
func (l *layouter) inBlocks(s, input *step) *step {
	if images := l.images[input]; images != nil {
		return images
	}
	return l.make(s, op.PackImages(input.shape), []*step{input})
}

// make appends the step of a term for a reader, unless there is one that computes the same.
func (l *layouter) make(reader *step, o *op.Op, inputs []*step) *step {
	var key strings.Builder
	key.WriteString(o.String())
	for _, input := range inputs {
		fmt.Fprintf(&key, " %p", input)
	}
	if s := l.made[key.String()]; s != nil {
		return s
	}
	s := newTerm(reader, o, inputs)
	if l.evaluates && o.PacksWeights() && inputs[0].kind == isInput {
		s.lasting = new(witness)
	}
	l.made[key.String()] = s
	l.steps = append(l.steps, s)
	return s
}

// newTerm makes a step that computes an op for the node of a step.
func newTerm(of *step, o *op.Op, inputs []*step) *step {
	s := &step{node: of.node, op: o, kind: isOurs, last: -1, inputs: inputs}
	s.shape = o.ResultShape(s.inputShapes())
	return s
}

// inputShapes lists the shapes of the inputs.
func (s *step) inputShapes() []tensor.Shape {
	shapes := make([]tensor.Shape, len(s.inputs))
	for i, input := range s.inputs {
		shapes[i] = input.shape
	}
	return shapes
}
