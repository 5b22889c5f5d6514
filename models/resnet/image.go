package resnet

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// Image is a convolutional residual network for images (batch, channels, height, width): a stem, stages of residual blocks, the mean
// over all pixels, and an output Dense that gives logits. Each stage after the first halves height and width in its first block. [CIFAR]
// and [ImageNet] give the networks of the papers. Classes, Blocks and Width (or Widths) are needed.
type Image struct {
	Classes int
	Blocks  []int // number of blocks of each stage
	Width   int   // channels of the first stage; each of the others has twice as many as the one before
	Widths  []int // instead of Width: channels of each stage

	// Bottleneck makes blocks of three convolutions, with windows of 1, 3 and 1, the last of which has four times as many channels as
	// the stage (He et al. 2015, sec. 4.1). The second one has the stride, as in torchvision ("v1.5"). Otherwise a block is two
	// convolutions with a window of 3.
	Bottleneck bool

	Stem     Stem
	Shortcut Shortcut // of blocks that change the shape

	// Norm makes the normalisation after each convolution, given an initialiser of its gain; nil means graph.BN.Layer.
	Norm       func(gain initializer.Initializer) graph.Layer
	Activation graph.Activation        // the zero value is ReLU
	Init       initializer.Initializer // of the convolutions; nil means HeNormal{FanOut: true}, as in torchvision

	// PreActivation moves normalisation and activation before each convolution (He et al. 2016). In blocks that change the shape the
	// skip reads the first activation of the branch. A last normalisation and activation come before the mean.
	PreActivation bool

	// NormFree leaves out normalisation (Brock et al. 2021): the weights of the convolutions are standardised, each ReLU is scaled to
	// the variance 1, and a block adds 0.2 times its branch, whose input is divided by the standard deviation that it has at the
	// beginning. It needs PreActivation.
	NormFree bool

	// ZeroInit starts every branch at zero: the gain of its last normalisation (Goyal et al. 2017) or of its last standardised weight
	// (De & Smith 2020) or, with PreActivation, its last weight is zero.
	ZeroInit bool

	// Start makes each block begin as its skip alone, by numbers that are trained. SkipInit and Fixup have no normalisation.
	Start Start

	// StochasticDepth is the probability with which samples skip the last branch in training; that of earlier branches grows
	// linearly up to it (Huang et al. 2016).
	StochasticDepth float64

	// NoSkip removes the skips, with their projections, and changes nothing else: the plain twin of He et al. 2015.
	NoSkip bool
}

var _ graph.Model = Image{}

// A Stem is what comes before the first block.
type Stem int

// The stems.
const (
	SmallStem Stem = iota // a convolution with a window of 3, for images of some 32 pixels
	LargeStem             // a convolution with a window of 7 and stride 2, and a maximum over 3 by 3 with stride 2, for images of some 224 pixels
)

// A Shortcut is the skip of a block that changes the shape.
type Shortcut int

// The shortcuts, by the letters of He et al. 2015, sec. 4.1.
const (
	OptionB Shortcut = iota // a convolution with a window of 1 and a normalisation
	OptionA                 // every second pixel, and channels of zeros
)

// Depth is the number of weighted layers on the longest way from input to output: the stem, the branches and the output.
func (m Image) Depth() int {
	depth := 2
	for _, n := range m.Blocks {
		depth += n * m.convolutions()
	}
	return depth
}

// convolutions is their number in a branch.
func (m Image) convolutions() int {
	if m.Bottleneck {
		return 3
	}
	return 2
}

// Validate says what is wrong with the configuration, if anything.
func (m Image) Validate() error {
	switch widths := m.widths(); {
	case m.Classes <= 0:
		return errors.Errorf("resnet: Classes: got %d, want a positive number", m.Classes)
	case len(m.Blocks) == 0:
		return errors.New("resnet: Blocks: got none, want the number of blocks of each stage")
	case m.Widths != nil && m.Width != 0:
		return errors.New("resnet: got both Widths and Width, want one of the two")
	case len(widths) != len(m.Blocks):
		return errors.Errorf("resnet: Widths: got %d of them for %d stages, want one for each", len(widths), len(m.Blocks))
	}
	for i, n := range m.Blocks {
		if width := m.widths()[i]; n <= 0 || width <= 0 {
			return errors.Errorf("resnet: stage %d: got %d blocks of width %d, want positive numbers", i+1, n, width)
		}
	}
	switch {
	case m.Stem != SmallStem && m.Stem != LargeStem:
		return errors.Errorf("resnet: Stem: got %d, want SmallStem or LargeStem", m.Stem)
	case m.Shortcut != OptionA && m.Shortcut != OptionB:
		return errors.Errorf("resnet: Shortcut: got %d, want OptionA or OptionB", m.Shortcut)
	case m.NormFree && (!m.PreActivation || m.Norm != nil || m.Activation != graph.ReLU):
		return errors.New("resnet: NormFree: got another configuration, want PreActivation, no Norm, and ReLU")
	case !(m.StochasticDepth >= 0 && m.StochasticDepth < 1):
		return errors.Errorf("resnet: StochasticDepth: got %g, want a probability in [0, 1)", m.StochasticDepth)
	}
	if m.NormFree && m.Start != DefaultStart {
		return errors.Errorf("resnet: Start: got %v with NormFree, want one of the two", m.Start)
	}
	return m.Start.validate(m.Norm != nil, m.ZeroInit, m.PreActivation)
}

// widths are the channels of the stages.
func (m Image) widths() []int {
	if m.Widths != nil {
		return m.Widths
	}
	widths := make([]int, len(m.Blocks))
	for i := range widths {
		widths[i] = m.Width << i
	}
	return widths
}

// Apply draws the network.
func (m Image) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	if x.Dims() != 4 {
		return b.Failf("resnet: got input of shape %v, want (batch, channels, height, width)", x.Shape())
	}
	widths := m.widths()
	x = m.stem(widths[0]).Apply(b, x)
	for i, blocks := range m.Blocks {
		stage := b.ScopeAs(fmt.Sprintf("layer%d", i+1))
		for k := range blocks {
			stride := 1
			if i > 0 && k == 0 {
				stride = 2
			}
			x = m.block(x.Shape()[1], widths[i], stride, m.drop(i, k), m.deviation(i, k)).Apply(stage, x)
		}
	}
	if m.PreActivation {
		x = m.preActivation(m.deviation(len(m.Blocks), 0)).Apply(b, x)
	}
	return append(graph.Sequential{graph.GlobalAvgPool{}}, m.head()...).Apply(b, x)
}

// head gives the logits.
func (m Image) head() graph.Sequential {
	head := graph.Dense{Units: m.Classes, Init: initializer.TorchDefault{}, BiasInit: initializer.TorchDefault{}}
	if m.Start == Fixup {
		head.Init, head.BiasInit = initializer.Constant{}, initializer.Constant{}
	}
	return append(m.Start.before(), head)
}

// branches is the number of blocks.
func (m Image) branches() (n int) {
	for _, blocks := range m.Blocks {
		n += blocks
	}
	return n
}

// drop is the probability with which samples skip a branch.
func (m Image) drop(stage, block int) float64 {
	before := block + 1
	for _, n := range m.Blocks[:stage] {
		before += n
	}
	return m.StochasticDepth * float64(before) / float64(m.branches())
}

// stem brings the image to the width of the first stage.
func (m Image) stem(width int) graph.Layer {
	if m.Stem == LargeStem {
		first := graph.Sequential{m.conv(width, 7, 2)}
		return append(append(first, m.normAndActivation()...), graph.MaxPool2D{Kernel: 3, Stride: 2, Padding: 1})
	}
	first := graph.Sequential{m.conv(width, 3, 1)}
	if m.PreActivation {
		return first
	}
	return append(first, m.normAndActivation()...)
}
