package theory

import "math"

// A Card sums up a prediction: what is known of a network before training.
type Card struct {
	// LogDelta is ln of the squared gradient at the first layer over that at the last: what to expect, and its spread.
	LogDelta, SD float64
	// Beta is that of the first layer. Above 1, one initialisation is unlike the next.
	Beta float64
	// Depth is the number of layers, and CorrelationScale how many it takes, at the parameters of the last but one layer, to
	// make two samples alike by a factor e. A network deeper than six of them has not been found to train (Schoenholz et al.
	// 2017). NaN where the theory of plain networks does not apply or signals vanish or grow without bound.
	Depth            int
	CorrelationScale float64
	// Dead is the number of layers, counted from the output, after which the gradient of typical size 1 leaves float32: below
	// its smallest number, or above its largest. +Inf if it never does at the average rate.
	Dead float64
	// Loss is the expected cross-entropy at the beginning, of as many classes as the last layer is wide.
	Loss float64
	// Typical is the last but one layer, whose parameters stand for those of all layers in the theory of plain networks. It is
	// nil for networks that this theory does not cover.
	Typical *Layer
}

// Trainable reports whether Depth is within six correlation scales.
func (c Card) Trainable() bool { return float64(c.Depth) <= 6*c.CorrelationScale }

// CardOf sums up the prediction for a network.
func CardOf(net Net, p Prediction) Card {
	first, last := p.Layers[0], p.Layers[len(p.Layers)-1]
	card := Card{
		LogDelta: first.MeanLogDelta(), SD: first.SD(), Beta: first.Beta, Depth: len(p.Layers),
		CorrelationScale: math.NaN(), Dead: math.Inf(1),
		Loss: initialCrossEntropy(net.Layers[len(net.Layers)-1].Out, last.Q), Typical: net.plain(),
	}
	if len(p.Layers) > 1 {
		card.Dead = float32Layers(math.Exp(first.LogDelta / float64(len(p.Layers)-1)))
	}
	if l := card.Typical; l != nil {
		f := fixed(momentsOf(l.Activation), l.WeightVar*float64(l.In), l.BiasVar, 1)
		card.CorrelationScale = f.correlationScale()
	}
	return card
}

// plain returns a typical layer, the last but one, of a network without blocks and normalisation; nil for other networks.
func (n Net) plain() *Layer {
	l := n.Layers[max(0, len(n.Layers)-2)]
	if !n.isPlain() || l.WeightVar == 0 {
		return nil
	}
	return &l
}

// The range of float32.
const (
	smallestFloat32 = 0x1p-149
	largestFloat32  = math.MaxFloat32
)

// float32Layers is the number of layers after which a gradient of size 1 leaves the range of float32, if its square changes by the
// factor chi per layer: below the smallest subnormal number, or above the largest number. Single elements of a vector of unit
// length leave the range a few layers earlier.
func float32Layers(chi float64) float64 {
	decay := math.Log(chi) / 2
	if decay < 0 {
		return math.Log(smallestFloat32) / decay
	}
	return math.Log(largestFloat32) / decay
}
