package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// fewestSamples is the least number of samples in a batch whose mean output tells what guessing gives: it has the share 1/n of what the network
// knows of each, and of fewer knows too much.
const fewestSamples = 4

// indifferent is the share of what there is to learn by which the loss of outputs differs from that of their means, up to which a network does not
// tell samples apart.
const indifferent = 0.02

// A guesser measures the loss of guessing where it does not follow from the targets: of a loss of the user's own, and of a program that was
// written for Gorgonia alone. It computes the loss of a batch anew from outputs that are the same for all samples: the means of the network's.
// As such a loss may have any least value, it also measures how far the loss can fall, see floor.
//
// If the answer is the same for all samples, as for a likelihood of the outputs, a comparison of two of them or a residual that should be zero, the
// means of the outputs are learnt too, and better than the outputs. They tell the loss of guessing only of a network that does not tell samples
// apart; for another, the records have none, and its loss at first takes the place.
type guesser struct {
	program  *graph.Program
	machine  *machine.Machine
	outputs  []*freeOutput
	inputs   map[string]*gorgonia.Value         // and targets that the loss reads, by name; none of an adopted program, whose nodes have their values
	weights  map[*graph.Binding]*gorgonia.Value // and parameters that it reads besides, as in a penalty
	data     []*gorgonia.Node                   // what it reads besides outputs and parameters
	compares bool                               // whether it does more with data and outputs than add them
	loss     float64
	search   search // for the floor
}

// A freeOutput is an output of the network in whose place the loss is given other values.
type freeOutput struct {
	node         *gorgonia.Node
	axis         int            // of the samples
	value, slope []float64      // the output of the last run, and the gradient of the loss with respect to it; reused
	fed          gorgonia.Value // what the loss reads in its place
}

// newGuesser makes the guesser of a program; nil if the loss of guessing follows from the targets, or cannot be measured: but for penalties, the
// loss must read parameters through the outputs alone, and draw no random numbers.
func newGuesser(p *graph.Program) *guesser {
	if len(p.Parts) > 0 && !slices.ContainsFunc(p.Parts, func(part *graph.Part) bool { return !hasBaseline(part.Loss) }) {
		return nil
	}
	g := &guesser{program: p, machine: machine.ForTaps(p.Graph), inputs: make(map[string]*gorgonia.Value), weights: make(map[*graph.Binding]*gorgonia.Value)}
	for _, n := range outputsOf(p) {
		o := &freeOutput{node: n, axis: sampleAxis(p, n)}
		if n.Dims() == 0 || n.Shape()[o.axis] < fewestSamples {
			return nil
		}
		g.outputs = append(g.outputs, o)
		g.machine.Feed(n, &o.fed)
	}
	read, given := g.reads()
	if !given {
		return nil
	}
	for n := range read {
		if g.isData(n) {
			g.data = append(g.data, n)
		}
	}
	if len(p.Parts) > 0 {
		g.feed(read)
	}
	g.machine.Tap(p.Loss, func(v gorgonia.Value) { mean, _ := valueMeanStd(v); g.loss = float64(mean) })
	return g
}

// feed lets the inputs, targets and parameters that the loss reads have the values of the program.
func (g *guesser) feed(read map[*gorgonia.Node]bool) {
	for _, in := range slices.Concat(g.program.Inputs, g.program.Targets) {
		if read[in.Node] {
			g.inputs[in.Name] = new(gorgonia.Value)
			g.machine.Feed(in.Node, g.inputs[in.Name])
		}
	}
	for _, w := range g.program.Weights {
		if read[w.Node] {
			g.weights[w] = new(gorgonia.Value)
			g.machine.Feed(w.Node, g.weights[w])
		}
	}
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
	for b, value := range g.weights {
		*value = b.Value
	}
	guess, floor := g.lossOf(func(o *freeOutput) []float64 { return meanOver(o.value, o.node.Shape(), o.axis) }), g.floor(loss)
	noted := func(v float64) *profile.Number {
		n := r.Loss + number(v-loss)
		return &n
	}
	if stat.Finite(floor) {
		r.Details.Floor = noted(floor)
	}
	if collapsed := math.Abs(loss-guess) < indifferent*(loss-floor); stat.Finite(guess) && (collapsed || !g.sameAnswer()) {
		r.Details.Guess = noted(guess)
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
