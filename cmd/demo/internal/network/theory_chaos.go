package network

import (
	"context"
	"io"
	"math"

	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/vanishing/report/plot"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// drawChaos writes the picture of the edge of chaos to the folder of -out, or to that of this run, and tells where it is.
func drawChaos(ctx context.Context, o setup.Options, f forecast, out io.Writer) error {
	to, err := o.NewFolder("theory")
	if err != nil {
		return err
	}
	defer to.Close()
	to.Picture(ctx, "edge-of-chaos", f.chaos)
	return to.Finish(out)
}

// chaos draws the edge of chaos of the network's activation, with a mark where the network is, if it is a plain one.
func (f forecast) chaos() (*plot.Figure, error) {
	const columns, rows = 60, 40
	weights, biases := 3.0, 1.5
	var network *theory.ChaosPoint
	if l := f.card.Typical; l != nil {
		network = &theory.ChaosPoint{WeightSD: math.Sqrt(l.WeightVar * float64(l.In)), BiasSD: math.Sqrt(l.BiasVar)}
		weights, biases = max(weights, 1.25*network.WeightSD), max(biases, 1.25*network.BiasSD)
	}
	edge, err := theory.EdgeOfChaos(f.net.Layers[0].Activation, middles(weights, columns), middles(biases, rows))
	if err != nil {
		return nil, err
	}
	return plot.EdgeOfChaos(edge, network)
}

// middles are those of n equal parts of the way from 0 to an end.
func middles(end float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = (float64(i) + 0.5) * end / float64(n)
	}
	return list
}
