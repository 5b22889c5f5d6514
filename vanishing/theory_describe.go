package vanishing

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Describe describes the network of a program to package theory, before a step is run:
//
//	net, err := vanishing.Describe(program)
//	prediction, err := theory.Predict(net)
//
// Variances are those that the initialisers declare. Where an initialiser declares none, they are the mean squares of the
// parameters' values. Batch is that of the program's input. Of the data nothing is known: MeanSquare is 1 and Cosine is 0, as of
// standardised inputs that have nothing in common, and TopCosine is 0 too. Set them for a prediction for data at hand.
// [Observe] does, with the batch that it is given.
//
// The error says what in the network theory does not cover, or that the parameters have been trained.
func Describe(p *graph.Program) (theory.Net, error) {
	if p.Params.Trained() {
		return theory.Net{}, errors.New("vanishing: description for theory: got trained parameters, want their first values (describe the program before training)")
	}
	reader := &netReader{Program: p}
	net, err := reader.net(pathOf(p))
	if err != nil {
		return theory.Net{}, errors.Wrap(err, "vanishing")
	}
	net.MeanSquare = 1
	return net, nil
}

// pathOf are the layers from input to output, without the projections on skips.
func pathOf(p *graph.Program) (path []*graph.LayerTrace) {
	for _, l := range p.Layers {
		if !l.OnSkip {
			path = append(path, l)
		}
	}
	return path
}

// checkPath returns an error for networks that are not one chain of layers from one input to the output.
func (p *netReader) checkPath(path []*graph.LayerTrace) error {
	if len(path) < 2 {
		return errors.New("the network has no hidden layer")
	}
	if p.Input == nil {
		return errors.New("the network has no input")
	}
	if n := samplesRead(p.Program); n > 1 {
		return errors.Errorf("theory does not cover networks that read %d inputs", n)
	}
	for i, b := range path[1:] {
		a := path[i]
		if a.Path == b.Path && a.Step != b.Step {
			return errors.Errorf("theory does not cover layers over several steps, such as %s", a.Path)
		}
		if a.Depth == b.Depth {
			return errors.Errorf("theory does not cover layers side by side, such as %s and %s", a.Path, b.Path)
		}
	}
	return nil
}

// samplesRead is the number of inputs that the outputs are computed from.
func samplesRead(p *graph.Program) (n int) {
	var outputs []*gorgonia.Node
	for _, o := range p.Outputs {
		outputs = append(outputs, o.Node)
	}
	read := op.Reachable(outputs...)
	for _, in := range p.Inputs {
		if read[in.Node] {
			n++
		}
	}
	return n
}
