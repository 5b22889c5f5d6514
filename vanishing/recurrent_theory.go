package vanishing

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// maxRadiusUnits bounds the recurrent weights whose spectral radius is computed, which takes half a second there.
const maxRadiusUnits = 512

// A timeOverlay holds what theory needs to predict the gradient over time of the recurrent layers that one operation computes. It
// describes the weights before the step, because an update changes them.
type timeOverlay struct {
	watched []sequence
	stacks  []*recurrentStack
	radii   []number    // by sequence
	inputs  [][]float64 // mean squares of what each sequence reads, by step; nil where they are not known
	outside [][]float64 // of the gradients that reach its states from outside, by step
}

// A recurrentStack is layers each of which alone reads the states of the one before.
type recurrentStack struct {
	sequences []int // indices in timeOverlay.watched
	layers    []theory.RecurrentLayer
	measured  bool   // whether a variance was measured
	none      string // why theory does not cover it; empty if it does
}

// newTimeOverlay describes the recurrent layers; nil without any.
func newTimeOverlay(p *graph.Program, watched []sequence) *timeOverlay {
	if !slices.ContainsFunc(watched, sequence.isCell) {
		return nil
	}
	o := &timeOverlay{watched: watched, radii: make([]number, len(watched)), inputs: make([][]float64, len(watched)), outside: make([][]float64, len(watched))}
	readers := readersOf(p)
	above := make(map[*gorgonia.Node]*recurrentStack) // by what the first layer of a stack reads; layers are in the order of their depth
	for i, s := range slices.Backward(watched) {
		if !s.isCell() {
			continue
		}
		reader := &netReader{Program: p}
		layer, err := reader.recurrentLayer(s.found)
		o.radii[i] = radiusOf(p, s.found)
		stack := &recurrentStack{none: reasonIn(err), measured: reader.measured}
		if next := above[s.found.Act]; next != nil && next.none == "" && err == nil && len(readers[s.found.Act]) == 1 && !s.Reverse {
			stack = next
			stack.measured = stack.measured || reader.measured
		} else {
			o.stacks = append(o.stacks, stack)
		}
		stack.sequences, stack.layers = slices.Insert(stack.sequences, 0, i), slices.Insert(stack.layers, 0, layer)
		if x := readBy(s, readers); x != nil && !s.Reverse {
			above[x] = stack
		}
	}
	return o
}

// reasonIn is the reason in an error of theory; empty for nil.
func reasonIn(err error) string {
	if err == nil {
		return ""
	}
	return reasonOf(err)
}

// readersOf lists the operations of the forward pass that read each node.
func readersOf(p *graph.Program) map[*gorgonia.Node][]*gorgonia.Node {
	readers := make(map[*gorgonia.Node][]*gorgonia.Node)
	for n := range op.Reachable(p.Loss) {
		for _, k := range op.Operands(n) {
			readers[k] = append(readers[k], n)
		}
	}
	return readers
}

// withoutShape is the node that a chain of reshapes reads which nothing else reads.
func withoutShape(n *gorgonia.Node, readers map[*gorgonia.Node][]*gorgonia.Node) *gorgonia.Node {
	for op.SpecOf(n).Kind == op.KindReshape && len(readers[n]) == 1 {
		n = op.Operands(n)[0]
	}
	return n
}

// recurrentLayer describes a layer to package theory. The error says what the theory does not cover.
func (p *netReader) recurrentLayer(found *structure.Layer) (l theory.RecurrentLayer, err error) {
	input, state := mapsOfCell(found)
	switch {
	case found.Act == nil:
		return l, errors.Errorf("theory follows plain recurrent layers over time, and no gates such as those of %s", found.Path)
	case input == nil:
		return l, errors.Errorf("theory has no words for what recurrent layer %s reads", found.Path)
	}
	for _, operand := range op.SpecOf(state.Node).Operands {
		if operand == "first state" || operand == "lengths" {
			return l, errors.Errorf("theory covers only recurrent layers that begin at zero and run through all steps: %s has %s", found.Path, operand)
		}
	}
	l = theory.RecurrentLayer{Name: found.Path, In: input.In, Units: state.In, Activation: graph.ActivationOf(found.Activation, found.Alpha)}
	if l.InputVar, err = p.varianceOf(input.Weight); err != nil {
		return l, err
	}
	if l.StateVar, err = p.varianceOf(state.Weight); err != nil {
		return l, err
	}
	for _, n := range found.Bias {
		v, err := p.varianceOf(n)
		if err != nil {
			return l, err
		}
		l.BiasVar += v
	}
	return l, nil
}

// varianceOf is the variance of a parameter.
func (p *netReader) varianceOf(n *gorgonia.Node) (float64, error) {
	b := bindingOf(p.Program, n)
	if b == nil {
		return 0, errors.Errorf("theory covers only weights that are parameters: %s is computed", n.Name())
	}
	return p.variance(b)
}

// bindingOf is the parameter at a node; nil if there is none.
func bindingOf(p *graph.Program, n *gorgonia.Node) *graph.Binding {
	for _, b := range p.Weights {
		if b.Node == n {
			return b
		}
	}
	return nil
}

// radiusOf is the spectral radius of the recurrent weight of a plain cell; 0 if it is not known.
func radiusOf(p *graph.Program, found *structure.Layer) number {
	_, state := mapsOfCell(found)
	if found.Act == nil || state == nil || state.In > maxRadiusUnits {
		return 0
	}
	b := bindingOf(p, state.Weight)
	if b == nil {
		return 0
	}
	single, double := elements(b.Value)
	for _, v := range single {
		double = append(double, float64(v))
	}
	radius, err := theory.SpectralRadius(double, state.In)
	if err != nil {
		return 0
	}
	return number(radius)
}

// mapsOfCell are the maps of the input and of the state of a fused recurrence; nil where there is none.
func mapsOfCell(found *structure.Layer) (input, state *structure.Map) {
	for _, m := range found.Maps {
		if op.SpecOf(m.Node).Kind == op.KindRecurrent {
			state = m
		} else {
			input = m
		}
	}
	return input, state
}

// readBy is what a fused recurrence reads, before its shape was changed; nil where that is not known.
func readBy(s sequence, readers map[*gorgonia.Node][]*gorgonia.Node) *gorgonia.Node {
	input, _ := mapsOfCell(s.found)
	if !s.isCell() || input == nil {
		return nil
	}
	return withoutShape(input.Data, readers)
}

// tapReads measures what the recurrent layers read, for the prediction of theory over time.
func (w *probe) tapReads() {
	readers := readersOf(w.program)
	for i, s := range w.sequences {
		x := readBy(s, readers)
		if x == nil || len(op.Operands(x)) == 0 {
			continue
		}
		w.details.Tap(x, w.timed(func(_ *profile.Record, v gorgonia.Value) {
			if w.overTime != nil {
				w.overTime.inputs[i] = squaresByStep(v, s.Steps)
			}
		}))
	}
}

// squaresByStep are the mean squares of each step of a value whose elements lie as (batch, steps, width); nil if they do not.
func squaresByStep(v gorgonia.Value, steps int) (list []float64) {
	shape := v.Shape()
	if len(shape) < 2 || len(shape) > 3 || len(shape) == 3 && shape[1] != steps || len(shape) == 2 && shape[0]%steps != 0 {
		return nil
	}
	for t := range steps {
		size := float64(stepRMS(v, steps, t+1))
		list = append(list, size*size)
	}
	return list
}

// predictOverTime sets the predictions of the sequences of a profile, from those of the record that is closed.
func (w *probe) predictOverTime(sequences []profile.Sequence) []profile.Sequence {
	o := w.overTime
	if w.overTime = nil; o == nil {
		return sequences
	}
	if input := w.program.InputValue(); input != nil {
		readers := readersOf(w.program)
		for i, s := range o.watched {
			if readBy(s, readers) == w.program.Input {
				o.inputs[i] = squaresByStep(input, s.Steps)
			}
		}
	}
	list := slices.Clone(sequences) // an earlier profile may share the memory
	for _, stack := range o.stacks {
		prediction, none := o.predict(stack)
		for k, i := range stack.sequences {
			t := &profile.SequenceTheory{None: none, Radius: o.radii[i]}
			if none == "" {
				t.Anchor, t.Measured = stack.sequences[len(stack.sequences)-1], stack.measured
				o.fill(t, i, prediction[k])
			}
			list[i].Theory = t
		}
	}
	return list
}

// predict makes the prediction for a stack, or says why there is none. Step 0 is the first in the order of the recurrence.
func (o *timeOverlay) predict(stack *recurrentStack) (p [][]theory.StepPrediction, none string) {
	first, last := stack.sequences[0], stack.sequences[len(stack.sequences)-1]
	switch r := (theory.Recurrence{Layers: stack.layers, Inputs: o.inOrder(first, o.inputs[first]), Direct: o.inOrder(last, o.outside[last])}); {
	case stack.none != "":
		return nil, stack.none
	case r.Inputs == nil:
		return nil, "theory has no words for what recurrent layer " + stack.layers[0].Name + " reads"
	case r.Direct == nil || !(r.Direct[len(r.Direct)-1] > 0):
		return nil, "no gradient reaches the last step of recurrent layer " + stack.layers[len(stack.layers)-1].Name
	default:
		p, err := theory.PredictRecurrence(r)
		return p, reasonIn(err)
	}
}

// inOrder puts numbers by step into the order of the recurrence.
func (o *timeOverlay) inOrder(i int, list []float64) []float64 {
	if list = slices.Clone(list); o.watched[i].Reverse {
		slices.Reverse(list)
	}
	return list
}

// fill sets the numbers of a sequence.
func (o *timeOverlay) fill(t *profile.SequenceTheory, i int, p []theory.StepPrediction) {
	s := o.watched[i]
	for k := range s.At {
		t.Delta = append(t.Delta, number(decades(p[len(p)-1-s.Lag(k)].LogDelta)))
	}
	t.Rate = number(math.Sqrt(p[len(p)-1].Chi))
}
