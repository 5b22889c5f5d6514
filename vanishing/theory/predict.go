package theory

import (
	"math"

	"github.com/pkg/errors"
)

// A Prediction is the prediction for a network, on average over initialisations.
type Prediction struct {
	Layers []LayerPrediction // as in Net.Layers
	Blocks []BlockPrediction // as in Net.Blocks
}

// A LayerPrediction is the prediction for one layer. delta is the gradient of the loss at its pre-activation, and L the last layer.
type LayerPrediction struct {
	Name string
	Q    float64 // mean square of the pre-activation

	// Chi is the factor of the squared length ‖delta‖² from the next layer; 1 for the last layer. It is In·WeightVar·E φ'² without a
	// block between the layers.
	Chi float64
	// LogDelta is ln of E ms(delta)/ms(delta_L), where ms is the mean square over units and batch, in the limit of infinite width. The
	// measured logarithm is lower on average, see MeanLogDelta.
	LogDelta float64
	// Beta is the variance of the measured logarithm over initialisations, to first order in 1/width (Hanin & Nica 2020). Far above 1
	// there is no useful prediction.
	Beta float64
	// Excess is the relative amount by which the squared gradient exceeds on average that of infinite width: see "The size of the
	// signal" in the package documentation.
	Excess float64
	// Sway and Lift are the contributions of the signal's random size to the variance and to the mean of the measured logarithm, to
	// first order in 1/width: see "Finite width" in the package documentation. Sway may be negative. Both are unknown in networks with
	// residual blocks, and 0 there.
	Sway, Lift float64
	// Drift is the variance of the relative size of a sample's signal, to first order in 1/width; 0 where the slopes do not depend on
	// that size, as with ReLU.
	Drift float64
	// Margin is a variance that was measured, not derived, in networks of convolutions: of what is not followed there, such as the
	// signal's random size. It is 0 elsewhere.
	Margin float64

	// LogWeightGrad and LogBiasGrad are ln of E‖dL/dW‖²/ms(delta_L) and E‖dL/db‖²/ms(delta_L), with ms over the batch. They are -Inf
	// for a gradient of zero. They are unknown, NaN, before batch normalisation over an infinite batch, and with more than one sample
	// in post-activation blocks without batch normalisation.
	LogWeightGrad, LogBiasGrad float64
}

// MeanLogDelta is the expected ln of ms(delta)/ms(delta_L). It is lower than the logarithm of the average by half of the variance
// Beta, and changed by Lift and Excess.
func (l LayerPrediction) MeanLogDelta() float64 {
	mean, _ := logExcess(l.Excess)
	return l.LogDelta - l.Beta/2 + l.Lift + mean
}

// SD is the standard deviation of ln of ms(delta)/ms(delta_L).
func (l LayerPrediction) SD() float64 {
	_, variance := logExcess(l.Excess)
	return math.Sqrt(max(0, l.Beta+l.Sway+l.Margin) + variance)
}

// Since gives the mean and the standard deviation of ln of ms(delta)/ms(delta_above), where above is a later layer.
func (l LayerPrediction) Since(above LayerPrediction) (mean, sd float64) {
	_, own := logExcess(l.Excess)
	_, its := logExcess(above.Excess)
	variance := l.Beta + l.Sway + l.Margin + own - above.Beta - above.Sway - above.Margin - its
	return l.MeanLogDelta() - above.MeanLogDelta(), math.Sqrt(max(0, variance))
}

// Rough tells whether chance in the size of the signal is no small correction: Sway and Excess are first terms of a series, and
// above 0.3 the next ones count as much. Where Drift is above 1 the signal of some samples is several times that of others, in a way that
// its variance does not describe. This is so where the signal dies out, as in ten layers of SiLU or GELU with He's weights: deviations
// measured there are several times SD.
func (l LayerPrediction) Rough() bool {
	const small = 0.3
	return math.Abs(l.Sway) > small || math.Abs(l.Excess) > small || l.Drift > 1
}

// ModelError is how far the logarithm of a squared ratio may be from its prediction for other reasons than chance: what is
// left out of second order in 1/width.
const ModelError = 0.02

// A BlockPrediction splits the squared gradient at a block's input into the parts through the skip and through the branch. The cosine
// between the two is 0 on average, with a standard deviation of 1/√width.
type BlockPrediction struct {
	Skip, Branch float64 // shares of the sum of the two
	LogGradient  float64 // ln of E ms(dL/dx)/ms(delta_L) for the block's input x

	// SquaredMean and Variance are averages over channels of the squared mean and of the variance of a channel's values over the batch, and
	// over the pixels of images, for the block's output before its activation. BranchVariance is that of the end of the branch, with its
	// scale. They are NaN in dense post-activation blocks without batch normalisation and with more than one sample.
	SquaredMean, Variance, BranchVariance float64
}

// Predict follows signal and gradient through a network. It returns an error with the cause ErrNoTheory for a network that theory does
// not cover.
func Predict(net Net) (Prediction, error) {
	if err := net.validate(); err != nil {
		return Prediction{}, err
	}
	p := &pass{
		net: net, batch: float64(net.Batch), known: make(map[key]*knowledge),
		layers: make([]LayerPrediction, len(net.Layers)), blocks: make([]BlockPrediction, len(net.Blocks)),
		uneven: unevenness{rank: float64(net.Layers[0].In)},
	}
	if net.Batch == 0 {
		p.batch = 1
		if net.batchNormed() {
			p.batch = math.Inf(1)
		}
	}
	if net.Image != nil {
		images := &imagePass{pass: p, inverse: 1 / p.batch, correlators: make(map[grid]*correlator)}
		if err := images.run(); err != nil {
			return Prediction{}, err
		}
	} else if err := p.run(); err != nil {
		return Prediction{}, err
	} else {
		p.weighSamples()
	}
	for i := range p.layers {
		p.layers[i].Name = net.Layers[i].Name
		p.layers[i].Chi = 1
		if i+1 < len(p.layers) {
			widths := math.Log(float64(net.Layers[i].Out) / float64(net.Layers[i+1].Out))
			p.layers[i].Chi = math.Exp(p.layers[i].LogDelta - p.layers[i+1].LogDelta + widths)
		}
	}
	return Prediction{p.layers, p.blocks}, nil
}

func (n Net) batchNormed() bool {
	for _, l := range n.Layers {
		if l.PreNorm == BatchNorm || l.Norm == BatchNorm || l.SumNorm == BatchNorm || l.PostNorm == BatchNorm {
			return true
		}
	}
	return false
}

// run makes the forward and the backward pass.
func (p *pass) run() error {
	ms := p.net.MeanSquare
	if ms == 0 {
		ms = 1
	}
	s := signal{ms: ms, cross: ms * p.net.Cosine}
	block, last := 0, len(p.net.Layers)-1
	for i := 0; i <= last; i++ {
		var err error
		if block < len(p.net.Blocks) && p.net.Blocks[block].First == i {
			i = p.net.Blocks[block].Last
			s, err = p.block(block, s)
			block++
		} else {
			s, err = p.into(i, s)
		}
		if err == nil && i < last {
			s, err = p.outOf(i, s)
		}
		if err != nil {
			return errors.Wrapf(err, "theory: %s", p.net.title(i))
		}
	}
	p.observe(last, s)
	like := p.net.TopOverlap
	if like == 0 {
		c := p.net.TopCosine * p.net.TopCosine
		like = c + (1-c)/float64(p.net.Layers[last].Out)
	}
	rewind(p.tape, gradient{ms: 1, cross: p.net.TopCosine, like: like, radial: 1})
	return nil
}
