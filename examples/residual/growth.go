package main

import (
	"fmt"
	"io"
	"math"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// growth measures the factors by which the squared gradient grows on its way back, and the squared signal on its way forward,
// in a block relu(a + branch(a)) with He's weights: the geometric means over five networks.
func growth(w io.Writer, images *data.Dataset) error {
	const networks = 5
	fmt.Fprintln(w, "\nHe, branches as they are: growth per block, squared")
	for _, count := range []int{5, 10, 20, 50} {
		gradient, signal := 0.0, 0.0
		for seed := range uint64(networks) {
			profile, err := look(resnet.Model{BranchScale: 1}, count, 1+seed, images)
			if err != nil {
				return err
			}
			layers := profile.Records[0].Details.Layers
			gradient += math.Log(vanishing.Diagnose(profile).Ratio)
			signal += math.Log(rms(layers[2*count]) / rms(layers[0])) // last hidden layer over first
		}
		perBlock := 2 / float64(networks*count)
		fmt.Fprintf(w, "%4d blocks: gradient %.2f, signal %.2f\n", count, math.Exp(gradient*perBlock), math.Exp(signal*perBlock))
	}
	return nil
}

// rms is the root mean square of a layer's activations.
func rms(l profile.LayerDetail) float64 {
	return math.Hypot(float64(l.ActMean), float64(l.ActStd))
}
