package theory

import (
	"math"

	"github.com/pkg/errors"
)

// ModelError is how far the logarithm of a squared ratio may be from its prediction for other reasons than chance: what is
// left out of second order in 1/width.
const ModelError = 0.02

// ZScores says for each layer how many standard deviations the measured gradient is from the prediction, where the last
// layer's, which depends on the loss, is taken as measured. The numbers are RMS(delta), as vanishing.LayerRecord.DeltaRMS.
// Beyond ±4 something is not as it was described: a wrong scale, a wrong gradient, or weights that have been trained.
// Layers whose gradient is zero as predicted score 0, and infinity if only one of both is.
func (p Prediction) ZScores(deltaRMS []float64) ([]float64, error) {
	return p.scores(deltaRMS, func(int) int { return len(p.Layers) - 1 })
}

// StepZScores is the same for the change from the layer above: it points out a single wrong layer, which in ZScores shifts
// all layers below it. It notices less where all layers are wrong by a little.
func (p Prediction) StepZScores(deltaRMS []float64) ([]float64, error) {
	return p.scores(deltaRMS, func(i int) int { return min(i+1, len(p.Layers)-1) })
}

// scores compares each layer with the one that it is anchored at.
func (p Prediction) scores(deltaRMS []float64, anchor func(i int) int) ([]float64, error) {
	if len(deltaRMS) != len(p.Layers) {
		return nil, errors.Errorf("theory: %d measured layers, expected %d as predicted", len(deltaRMS), len(p.Layers))
	}
	scores := make([]float64, len(deltaRMS))
	for i, layer := range p.Layers {
		at := anchor(i)
		if at == i {
			continue
		}
		above := p.Layers[at]
		measured := 2 * (math.Log(deltaRMS[i]) - math.Log(deltaRMS[at]))
		expected, sd := layer.Since(above)
		if math.IsInf(expected, -1) && deltaRMS[i] == 0 {
			continue
		}
		scores[i] = (measured - expected) / math.Hypot(sd, ModelError)
	}
	return scores, nil
}
