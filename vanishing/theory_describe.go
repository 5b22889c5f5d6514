package vanishing

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
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
