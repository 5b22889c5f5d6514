package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// fewestSamples is the least number of samples in a batch whose mean output tells what guessing gives: of fewer it knows too much of each.
const fewestSamples = 16

// A guesser measures the loss of guessing where it does not follow from the targets: of a loss of the user's own, and of a program that was
// written for Gorgonia alone. It computes the loss of a batch anew from outputs that are the same for all samples: the means of the network's.
// As such a loss may have any least value, it also measures how far the loss can fall, see floor.
type guesser struct {
	program *graph.Program
	machine *machine.Machine
	outputs []*freeOutput
	inputs  map[string]*gorgonia.Value // and targets that the loss reads, by name; none of an adopted program, whose nodes have their values
	loss    float64
	search  search // for the floor
}

// A freeOutput is an output of the network in whose place the loss is given other values.
type freeOutput struct {
	node         *gorgonia.Node
	axis         int            // of the samples
	value, slope []float64      // the output of the last run, and the gradient of the loss with respect to it; reused
	fed          gorgonia.Value // what the loss reads in its place
}

// newGuesser makes the guesser of a program; nil if the loss of guessing follows from the targets, or cannot be measured: the loss must read
// parameters through the outputs alone, and draw no random numbers.
func newGuesser(p *graph.Program) *guesser {
	if len(p.Parts) > 0 && !slices.ContainsFunc(p.Parts, func(part *graph.Part) bool { return !hasBaseline(part.Loss) }) {
		return nil
	}
	g := &guesser{program: p, machine: machine.ForTaps(p.Graph), inputs: make(map[string]*gorgonia.Value)}
	for _, n := range outputsOf(p) {
		o := &freeOutput{node: n, axis: sampleAxis(p, n)}
		if n.Dims() == 0 || n.Shape()[o.axis] < fewestSamples {
			return nil
		}
		g.outputs = append(g.outputs, o)
		g.machine.Feed(n, &o.fed)
	}
	read, alone := g.reads()
	if !alone {
		return nil
	}
	for _, in := range slices.Concat(p.Inputs, p.Targets) {
		if read[in.Node] && len(p.Parts) > 0 {
			g.inputs[in.Name] = new(gorgonia.Value)
			g.machine.Feed(in.Node, g.inputs[in.Name])
		}
	}
	g.machine.Tap(p.Loss, func(v gorgonia.Value) { mean, _ := valueMeanStd(v); g.loss = float64(mean) })
	return g
}

// hasBaseline reports whether the loss of guessing follows from the targets of a loss.
func hasBaseline(l graph.Loss) bool {
	if s, ok := l.(graph.StandardizedLoss); ok {
		l = s.Loss
	}
	_, known := l.(graph.Baseliner)
	return known
}

// outputsOf are the outputs that the losses of a program read.
func outputsOf(p *graph.Program) (list []*gorgonia.Node) {
	for _, part := range p.Parts {
		if !slices.Contains(list, part.Output) {
			list = append(list, part.Output)
		}
	}
	if list == nil {
		return []*gorgonia.Node{p.Output}
	}
	return list
}

// sampleAxis is the axis of the samples in an output: the first, or the last of W·x with samples in columns.
func sampleAxis(p *graph.Program, n *gorgonia.Node) int {
	for _, l := range p.Layers {
		if (n == l.Pre || n == l.Act) && l.UnitAxis == 1 && n.Dims() == 2 {
			return 1
		}
	}
	return 0
}

// reads lists what the loss is computed from, up to the outputs. It is false if that is more than outputs and data, or if an operation has
// a state.
func (g *guesser) reads() (read map[*gorgonia.Node]bool, alone bool) {
	read = make(map[*gorgonia.Node]bool)
	for _, o := range g.outputs {
		read[o.node] = true
	}
	for left := []*gorgonia.Node{g.program.Loss}; len(left) > 0; {
		n := left[len(left)-1]
		left = left[:len(left)-1]
		if read[n] {
			continue
		}
		read[n] = true
		switch op.SpecOf(n).Kind {
		case op.KindUnknown, op.KindNormalize, op.KindDropout, op.KindDropoutMask, op.KindRandom, op.KindScan, op.KindStatement:
			return nil, false
		}
		if slices.ContainsFunc(g.program.Weights, func(w *graph.Binding) bool { return w.Node == n }) {
			return nil, false
		}
		left = append(left, op.Operands(n)...)
	}
	return read, true
}

// tapOutputs keeps the outputs and their gradients in records with details.
func (w *probe) tapOutputs() {
	if w.guesser = newGuesser(w.program); w.guesser == nil {
		return
	}
	for _, o := range w.guesser.outputs {
		w.details.Tap(o.node, w.timed(func(_ *profile.Record, v gorgonia.Value) { o.value = appendFloats(o.value[:0], v) }))
		if slope := o.node.Deriv(); slope != nil {
			w.details.Tap(slope, w.timed(func(_ *profile.Record, v gorgonia.Value) { o.slope = appendFloats(o.slope[:0], v) }))
		}
	}
}

// measureGuess notes the loss of guessing in a record with details, and that to which it can fall. loss is that of the program's last run, of
// which the record may hold the mean with others.
func (w *probe) measureGuess(r *profile.Record, loss float64) {
	g := w.guesser
	if g == nil || r.Details == nil {
		return
	}
	for name, value := range w.program.Fed() {
		if in := g.inputs[name]; in != nil {
			*in = value
		}
	}
	noted := func(v float64) *profile.Number {
		n := r.Loss + number(v-loss)
		return &n
	}
	if guess := g.lossOf(func(o *freeOutput) []float64 { return meanOver(o.value, o.node.Shape(), o.axis) }); stat.Finite(guess) {
		r.Details.Guess = noted(guess)
	}
	if floor := g.floor(loss); stat.Finite(floor) {
		r.Details.Floor = noted(floor)
	}
}

// lossOf is the loss of other outputs; NaN if it cannot be computed.
func (g *guesser) lossOf(values func(*freeOutput) []float64) float64 {
	for _, o := range g.outputs {
		o.fed = valueOf(values(o), o.node)
	}
	if err := g.machine.RunAll(); err != nil {
		return math.NaN()
	}
	return g.loss
}

// valueOf makes a value of a node's shape and type.
func valueOf(x []float64, n *gorgonia.Node) gorgonia.Value {
	if n.Dtype() == tensor.Float64 {
		return tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(x))
	}
	single := make([]float32, len(x))
	for i, v := range x {
		single[i] = float32(v)
	}
	return tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(single))
}

// appendFloats appends the elements of a value.
func appendFloats(x []float64, v gorgonia.Value) []float64 {
	single, double := elements(v)
	for _, e := range single {
		x = append(x, float64(e))
	}
	return append(x, double...)
}

// close frees the memory.
func (g *guesser) close() {
	if g != nil {
		g.machine.Close()
	}
}

// meanOver replaces each number by the mean over an axis.
func meanOver(x []float64, shape tensor.Shape, axis int) []float64 {
	n, stride := shape[axis], shape[axis+1:].TotalSize()
	if axis == len(shape)-1 {
		stride = 1
	}
	means := make([]float64, len(x))
	for start := 0; start < len(x); start += n * stride {
		for at := start; at < start+stride; at++ {
			sum := 0.0
			for i := range n {
				sum += x[at+i*stride]
			}
			for i := range n {
				means[at+i*stride] = sum / float64(n)
			}
		}
	}
	return means
}
