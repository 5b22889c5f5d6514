package main

import (
	"fmt"
	"io"
	"math"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/vanishing"
)

// flat shows that the weight gradients of a ReLU network do not show that dL/dz vanishes. The gradient of a layer's weight is
// the product of the signal that enters the layer, which shrinks on its way forward, and of dL/dz, which shrinks on its way
// back.
func flat(w io.Writer, out string, images *data.Dataset) error {
	profile, err := guide.Look(small.name, small.model(), 1, images)
	if err != nil {
		return err
	}
	record := profile.Records[0]
	signal := guide.Line{Name: "signal into\nthe layer", Color: guide.Gray, Style: guide.Dashed}
	delta := guide.Line{Name: "dL/dz", Color: guide.Blue}
	weight := guide.Line{Name: "dL/dw", Color: guide.Vermilion}
	weights := weightGradients(profile)
	for l := 1; l < depth; l++ { // without layer 1, whose input is no layer
		below := record.Details.Layers[l-1]
		at := float64(l + 1)
		signal.X, signal.Y = append(signal.X, at), append(signal.Y, math.Hypot(float64(below.ActMean), float64(below.ActStd)))
		delta.X, delta.Y = append(delta.X, at), append(delta.Y, float64(record.Layers[l].DeltaRMS))
		weight.X, weight.Y = append(weight.X, at), append(weight.Y, weights[l])
	}
	fmt.Fprintf(w, "\n%s, RMS     layer 2   layer 30     ratio\n", small.name)
	for _, line := range []guide.Line{signal, delta, weight} {
		first, last := line.Y[0], line.Y[len(line.Y)-1]
		fmt.Fprintf(w, "%-21.6s %9.1e %10.1e %9.1e\n", line.Name, first, last, first/last)
	}
	return guide.Figure{
		Title:  "A flat weight gradient does not mean that all is well",
		XLabel: "layer", YLabel: "RMS, ReLU network with weights N(0, 0.05²)", LogY: true, XTicks: layerTicks,
		Lines: []guide.Line{delta, signal, weight},
	}.Save(out, "flat.png")
}

// weightGradients are the RMS of dL/dw of all layers.
func weightGradients(p vanishing.Profile) []float64 {
	var sizes []float64
	for i, param := range p.Params {
		if param.Role == "weight" {
			sizes = append(sizes, float64(p.Records[0].Params[i].GradRMS))
		}
	}
	return sizes
}
