package theory

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// A Net describes a network as it is at its initialisation: what theory needs, and nothing of the weights themselves.
// The layers are those on the way from input to output, in forward order. The zero values of the input's fields stand
// for one sample of mean square 1.
type Net struct {
	Layers []Layer
	Blocks []Block // residual blocks, in forward order; they do not overlap

	MeanSquare float64 // of the input's elements, ‖x‖²/features; 0 means 1
	// Squares are the mean squares of single samples, of some or all of the batch, whose average is MeanSquare; nil means that all
	// are alike. They matter in plain networks, where large samples stay large: see [Prediction].
	Squares []float64
	// Batch is the number of samples whose mean loss is differentiated; 0 means 1, or infinitely many to batch
	// normalisation, which wants at least 6 otherwise.
	Batch  int
	Cosine float64 // between two samples of the batch, on average; 0, the default, is that of random inputs
	// TopCosine is the average cosine between two samples' gradients at the last layer, whose product it is with the ratio
	// of sizes; 0 are gradients that know nothing of each other.
	TopCosine float64
	// TopOverlap is the average of the squared cosine there. It says how many directions the samples' gradients share, and so
	// how much chance evens out over the batch: those of a loss with few outputs share few. 0 means what TopCosine makes of
	// otherwise random gradients of so many outputs.
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

// A Layer is one weighted layer: z = W·x + b, with W of independent elements of mean zero, and what comes before and behind
// it. All is applied in the order of the fields.
type Layer struct {
	Name string // in errors and in the prediction, as "block3/dense1"

	// PreNorm and PreActivation come in front of the linear map: of the first layer of a pre-activation block, whose input
	// goes along the skip without them, and of the layer behind the last such block.
	PreNorm       Norm
	PreActivation Activation

	In, Out   int     // widths of x and z
	WeightVar float64 // variance of an element of W; with He's initialisation 2/In
	BiasVar   float64 // variance of an element of b

	// Norm and Activation come behind the linear map. At the end of a residual block the sum with the skip comes in
	// between. The pre-activation, of which delta is the gradient, is what Activation reads.
	Norm       Norm
	ZeroGain   bool       // Norm's gain begins at 0 instead of 1
	Activation Activation // nil for none
	PostNorm   Norm       // behind the activation, as in a transformer's post-norm block
}

// A Block is a residual block: skip(x) + Scale·branch(x), where the branch is the layers from First to Last.
type Block struct {
	First, Last int     // indices into Net.Layers
	Scale       float64 // of the branch; 0 means 1
	NoSkip      bool    // the skip was removed, the scale stayed
	// ProjectionVar is the variance of an element of the weight that projects the skip to another width, without bias; 0
	// for the identity.
	ProjectionVar float64
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
		return errors.Errorf("theory: the input's mean square is %g, expected a positive number, or 0 for 1", n.MeanSquare)
	}
	if n.Batch < 0 || !(n.Cosine >= -1 && n.Cosine <= 1) || !(n.TopCosine >= -1 && n.TopCosine <= 1) || !(n.TopOverlap >= 0 && n.TopOverlap <= 1) {
		return errors.Errorf("theory: Batch is %d, Cosine %g, TopCosine %g and TopOverlap %g, expected at least 0 samples, cosines in [-1, 1] and an overlap in [0, 1]",
			n.Batch, n.Cosine, n.TopCosine, n.TopOverlap)
	}
	for i, l := range n.Layers {
		if err := l.validate(); err != nil {
			return errors.Wrapf(err, "theory: %s", n.title(i))
		}
		if i > 0 && l.In != n.Layers[i-1].Out {
			return errors.Errorf("theory: %s reads %d features, but %s gives %d", n.title(i), l.In, n.title(i-1), n.Layers[i-1].Out)
		}
	}
	end := -1
	for i, b := range n.Blocks {
		if b.First <= end || b.Last < b.First || b.Last >= len(n.Layers) {
			return errors.Errorf("theory: block %d is of layers %d to %d, expected a range behind the block before and among %d layers",
				i+1, b.First, b.Last, len(n.Layers))
		}
		end = b.Last
		in, out := n.Layers[b.First].In, n.Layers[b.Last].Out
		if in != out && b.ProjectionVar == 0 && !b.NoSkip {
			return errors.Errorf("theory: block %d turns width %d into %d: give the variance of its projection", i+1, in, out)
		}
		if !(b.ProjectionVar >= 0) || math.IsInf(b.ProjectionVar, 0) || math.IsNaN(b.Scale) || math.IsInf(b.Scale, 0) {
			return errors.Errorf("theory: block %d has scale %g and projection variance %g, expected finite numbers", i+1, b.Scale, b.ProjectionVar)
		}
	}
	return nil
}

func (l Layer) validate() error {
	if l.In < 1 || l.Out < 1 {
		return errors.Errorf("it maps %d features to %d, expected positive widths", l.In, l.Out)
	}
	if !(l.WeightVar >= 0) || !(l.BiasVar >= 0) || math.IsInf(l.WeightVar, 0) || math.IsInf(l.BiasVar, 0) {
		return errors.Errorf("the variances are %g and %g, expected finite numbers of at least 0", l.WeightVar, l.BiasVar)
	}
	for _, norm := range []Norm{l.PreNorm, l.Norm, l.PostNorm} {
		if norm < NoNorm || norm > LayerNorm {
			return errors.Errorf("%d is no normalisation", int(norm))
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

// Plain is a network of equally wide layers with one activation: the depth-many layers of width units read an input of the
// same width. Variances are those of a weight's element times width, and of a bias's element.
func Plain(depth, width int, phi Activation, weightVar, biasVar float64) Net {
	layers := make([]Layer, max(depth, 0))
	for i := range layers {
		layers[i] = Layer{In: width, Out: width, WeightVar: weightVar / float64(width), BiasVar: biasVar, Activation: phi}
	}
	return Net{Layers: layers}
}
