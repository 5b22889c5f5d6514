package theory

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// A Net describes a network at its initialisation, without the weights. The layers are those on the path from input to output, in
// forward order. The zero values of the fields of the input mean one sample of mean square 1.
type Net struct {
	Layers []Layer
	Blocks []Block // residual blocks, in forward order; they do not overlap

	MeanSquare float64 // of the input's elements, ‖x‖²/features; 0 means 1
	// Squares are the mean squares of single samples, of some or all of the batch, whose average is MeanSquare; nil means that all
	// are alike. They matter in plain networks, where large samples stay large: see [Prediction].
	Squares []float64
	// Batch is the number of samples whose mean loss is differentiated. 0 means 1, or an infinite batch with batch normalisation,
	// which otherwise needs at least 6.
	Batch  int
	Cosine float64 // average between two samples of the batch; 0, the default, is that of random inputs
	// Image describes images, which the first layer reads: the network has convolutions. Nil means rows of features.
	Image *Image
	// TopCosine is the average inner product of two samples' gradients at the last layer over their average square; 0 means
	// independent gradients.
	TopCosine float64
	// TopOverlap is the average squared cosine between these gradients. It is about the inverse of the number of directions that they
	// share, and determines how much the batch reduces the variance: gradients of a loss with few outputs share few directions. 0
	// means the value for gradients that are random except for TopCosine.
	TopOverlap float64
}

// A Norm is a normalisation.
type Norm int

// The normalisations: none, over the batch for each unit, over the units for each sample.
const (
	NoNorm Norm = iota
	BatchNorm
	LayerNorm
)

// A Layer is one weighted layer: z = W·x + b, where the elements of W are independent with mean zero, with the operations before and
// after it. They are applied in the order of the fields.
type Layer struct {
	Name string // in errors and in the prediction, as "block3/dense1"

	// PreNorm and PreActivation come before the linear map. The first layer of a pre-activation block has them, and the layer after
	// the last such block; the skip passes the block's input without them.
	PreNorm       Norm
	PreActivation Activation

	In, Out   int     // widths of x and z; of a convolution the channels
	WeightVar float64 // variance of an element of W; with He's initialisation 2/In, where In counts each element of a window
	BiasVar   float64 // variance of an element of b

	Window       *Window // of a convolution; nil for a fully connected layer
	Pooled       bool    // the layer reads the means of the channels over all positions
	Orthogonal   bool    // the rows or the columns of W are orthonormal, times a factor: of a convolution with Window.Centre alone
	Standardized bool    // the weights of each output are centred and scaled to exactly WeightVar

	// Norm and Activation come after the linear map. At the end of a residual block the sum with the skip comes between them. The
	// pre-activation is the input of Activation, and delta its gradient.
	Norm       Norm
	ZeroGain   bool       // Norm's gain begins at 0 instead of 1
	SumNorm    Norm       // of the sum of a residual block, before Activation
	SumScale   float64    // a factor of this sum, before Activation; 0 means 1
	Activation Activation // nil for none
	PostNorm   Norm       // after the activation, as in a transformer's post-norm block
}

// A Block is a residual block: skip(x) + Scale·branch(x), where the branch is the layers from First to Last.
type Block struct {
	First, Last int     // indices into Net.Layers
	Scale       float64 // of the branch; 0 means 1
	NoSkip      bool    // there is no skip, but the scale applies
	// ProjectionVar is the variance of an element of the weight that projects the skip to another width, without bias; 0
	// for the identity.
	ProjectionVar float64

	// These concern images: the window of the projection, nil for a single pixel; whether its weights are standardised, and a
	// normalisation after it; and, without a projection, whether the skip adds channels of zeros to the pixels that its window reads.
	ProjectionWindow       *Window
	ProjectionStandardized bool
	ProjectionNorm         Norm
	PadsChannels           bool
	// SkipsLate tells that the skip begins after PreNorm and PreActivation of the first layer, as in the pre-activation blocks of He et
	// al. 2016 that change the shape.
	SkipsLate bool
}

func (b Block) scale() float64 {
	if b.Scale == 0 {
		return 1
	}
	return b.Scale
}

// ErrNoTheory is the cause of the error for networks that can be built but not predicted.
var ErrNoTheory = errors.New("theory: nothing is known of this network")

// validate says what is wrong with the description, if anything.
func (n Net) validate() error {
	if len(n.Layers) == 0 {
		return errors.New("theory: the network has no layer")
	}
	if !(n.MeanSquare >= 0) || math.IsInf(n.MeanSquare, 0) {
		return errors.Errorf("theory: MeanSquare: got %g, want a positive number, or 0 for 1", n.MeanSquare)
	}
	if n.Batch < 0 || !(n.Cosine >= -1 && n.Cosine <= 1) || !(n.TopCosine >= -1 && n.TopCosine <= 1) || !(n.TopOverlap >= 0 && n.TopOverlap <= 1) {
		return errors.Errorf("theory: batch: got Batch %d, Cosine %g, TopCosine %g and TopOverlap %g, want at least 0 samples, cosines in [-1, 1] and an overlap in [0, 1]",
			n.Batch, n.Cosine, n.TopCosine, n.TopOverlap)
	}
	for i, l := range n.Layers {
		if err := l.validate(); err != nil {
			return errors.Wrapf(err, "theory: %s", n.title(i))
		}
		if i > 0 && l.In != n.Layers[i-1].Out && (n.Image == nil || l.Window != nil || l.Pooled) {
			return errors.Errorf("theory: %s reads %d features, but %s gives %d", n.title(i), l.In, n.title(i-1), n.Layers[i-1].Out)
		}
	}
	end := -1
	for i, b := range n.Blocks {
		if b.First <= end || b.Last < b.First || b.Last >= len(n.Layers) {
			return errors.Errorf("theory: block %d: got layers %d to %d, want a range after the previous block, among %d layers",
				i+1, b.First, b.Last, len(n.Layers))
		}
		end = b.Last
		in, out := n.Layers[b.First].In, n.Layers[b.Last].Out
		if in != out && b.ProjectionVar == 0 && !b.NoSkip && !b.PadsChannels {
			return errors.Errorf("theory: block %d: got input width %d and output width %d, want equal widths (or set ProjectionVar)", i+1, in, out)
		}
		if !(b.ProjectionVar >= 0) || math.IsInf(b.ProjectionVar, 0) || math.IsNaN(b.Scale) || math.IsInf(b.Scale, 0) {
			return errors.Errorf("theory: block %d: got scale %g and projection variance %g, want finite numbers, the variance at least 0", i+1, b.Scale, b.ProjectionVar)
		}
	}
	return nil
}

func (l Layer) validate() error {
	if l.In < 1 || l.Out < 1 {
		return errors.Errorf("got widths %d and %d, want positive numbers", l.In, l.Out)
	}
	if !(l.WeightVar >= 0) || !(l.BiasVar >= 0) || math.IsInf(l.WeightVar, 0) || math.IsInf(l.BiasVar, 0) {
		return errors.Errorf("got variances %g and %g, want finite numbers of at least 0", l.WeightVar, l.BiasVar)
	}
	for _, norm := range []Norm{l.PreNorm, l.Norm, l.SumNorm, l.PostNorm} {
		if norm < NoNorm || norm > LayerNorm {
			return errors.Errorf("normalisation: got %d, want %d to %d", int(norm), int(NoNorm), int(LayerNorm))
		}
	}
	return nil
}

// title names a layer in errors.
func (n Net) title(i int) string {
	if n.Layers[i].Name != "" {
		return n.Layers[i].Name
	}
	return fmt.Sprintf("layer %d", i+1)
}

// Plain is a network of equal layers, each with the given width and activation, whose input has the same width. weightVar is the
// variance of an element of a weight times the width, biasVar the variance of an element of a bias.
func Plain(depth, width int, phi Activation, weightVar, biasVar float64) Net {
	layers := make([]Layer, max(depth, 0))
	for i := range layers {
		layers[i] = Layer{In: width, Out: width, WeightVar: weightVar / float64(width), BiasVar: biasVar, Activation: phi}
	}
	return Net{Layers: layers}
}
