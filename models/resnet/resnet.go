package resnet

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// Model is a fully connected residual network: a stem Dense that brings the input to the width of the blocks, the
// blocks, and an output Dense that gives logits. Input, Output, Blocks and Width (or Widths) are needed.
type Model struct {
	Input  int // features of a sample
	Output int // width of the output layer: the number of classes, or of regression targets

	Blocks int   // number of residual blocks, all of ...
	Width  int   // ... this width
	Widths []int // instead of Blocks and Width: the width of each block. Where it changes, the skip is a projection.
	Skip   int   // Dense layers a skip jumps over; 0 means 2

	Activation graph.Activation        // the zero value is ReLU
	Norm       graph.Norm              // in the branches, between linear map and activation; the zero value is none
	Init       initializer.Initializer // of the weights; nil means Activation.DefaultInit()

	// PreActivation moves normalisation and activation before each linear map, so that nothing lies on the skips from the
	// first block to the last (He et al. 2016). A last normalisation and activation come before the output layer.
	PreActivation bool

	// BranchScale multiplies the branches. 0 means 1/sqrt(number of blocks) without normalisation, which keeps signal and
	// gradient of the same size at any depth, and 1 with it.
	BranchScale float64

	// ZeroInit starts every branch at zero, so that each block begins as its skip alone: the last weight of a branch, or
	// the gain of the normalisation after it, is zero (Fixup, Zhang et al. 2019; SkipInit, De & Smith 2020; Goyal et al.
	// 2017 for normalised branches).
	ZeroInit bool

	// Start makes each block begin as its skip alone, by numbers that are trained. SkipInit and Fixup have no normalisation, and the
	// default of BranchScale is 1 with all of them.
	Start Start

	// NoSkip removes the skips and changes nothing else: the plain twin, with the same first values in the same parameters.
	// Only the projections, which are skips where the width changes, are gone with their weights. The scale of the branches
	// stays, and with the default 1/sqrt(number of blocks) it alone makes the twin vanish: see "The plain twin" in the
	// package documentation.
	NoSkip bool
}

var _ graph.Model = Model{}

// Depth is the number of hidden layers on the way from input to output: the stem and the layers of the blocks.
func (m Model) Depth() int { return 1 + len(m.widths())*m.skip() }

// Validate says what is wrong with the configuration, if anything.
func (m Model) Validate() error {
	if m.Input <= 0 || m.Output <= 0 {
		return errors.Errorf("resnet: widths: got Input %d and Output %d, want positive numbers", m.Input, m.Output)
	}
	if m.Widths != nil && (m.Blocks != 0 || m.Width != 0) {
		return errors.New("resnet: got both Widths and Blocks or Width, want one of the two")
	}
	if len(m.widths()) == 0 {
		return errors.Errorf("resnet: Blocks: got %d, want at least one block", m.Blocks)
	}
	for i, width := range m.widths() {
		if width <= 0 {
			return errors.Errorf("resnet: width of block %d: got %d, want a positive number", i+1, width)
		}
	}
	if m.Skip < 0 {
		return errors.Errorf("resnet: Skip: got %d, want at least one layer, or 0 for 2", m.Skip)
	}
	if m.BranchScale < 0 || math.IsNaN(m.BranchScale) || math.IsInf(m.BranchScale, 0) {
		return errors.Errorf("resnet: BranchScale: got %g, want a positive number, or 0 for the default", m.BranchScale)
	}
	if err := m.Norm.Validate(); err != nil {
		return errors.Wrap(err, "resnet: Norm")
	}
	return m.Start.validate(m.Norm != graph.NoNorm, m.ZeroInit, m.PreActivation)
}

// Apply draws the network on rows x of shape (batch, Input). It flattens the axes after the first.
func (m Model) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	x = graph.Flatten{}.Apply(b, x)
	if got := x.Shape()[1]; got != m.Input {
		return b.Failf("resnet: features of a sample: got %d, want %d (Input)", got, m.Input)
	}
	widths := m.widths()
	x = m.stem(widths[0]).Apply(b, x)
	for _, width := range widths {
		x = m.block(width).Apply(b, x)
	}
	if m.PreActivation {
		x = m.normAndActivation().Apply(b, x)
	}
	head := graph.Dense{Units: m.Output, Init: m.init()}
	if m.Start == Fixup {
		head.Init = initializer.Constant{}
	}
	return append(m.Start.before(), head).Apply(b, x)
}

// stem brings the input to the width of the first block.
func (m Model) stem(width int) graph.Layer {
	dense := m.dense(width, m.init())
	if m.PreActivation {
		return dense
	}
	return append(graph.Sequential{dense}, m.normAndActivation()...)
}

// block is one residual block of Skip linear maps. Normalisation and activation follow each map, and the last activation
// follows the sum; with PreActivation they come before each map.
func (m Model) block(width int) graph.Residual {
	block := graph.Residual{Scale: m.branchScale(), ProjectionInit: m.init(), NoSkip: m.NoSkip}
	var branch graph.Sequential
	for i := range m.skip() {
		last := i == m.skip()-1
		switch {
		case m.PreActivation:
			branch = append(branch, m.normAndActivation()...)
			branch = append(branch, m.dense(width, m.weightInit(last)))
		case last:
			branch = append(append(branch, m.Start.before()...), m.lastOfBranch(width)...)
		default:
			branch = append(append(branch, m.Start.before()...), m.dense(width, m.weightInit(false)))
			branch = append(branch, m.normAndActivation()...)
		}
	}
	block.Branch = append(branch, m.Start.end()...)
	if !m.PreActivation {
		block.Activation = m.Activation
	}
	return block
}

// lastOfBranch is the last linear map of a post-activation branch and its normalisation.
func (m Model) lastOfBranch(width int) graph.Sequential {
	if m.Norm == graph.NoNorm {
		return graph.Sequential{m.dense(width, m.weightInit(true))}
	}
	var gain initializer.Initializer
	if m.ZeroInit {
		gain = initializer.Constant{}
	}
	return graph.Sequential{m.dense(width, m.init()), m.Norm.Layer(gain)}
}

func (m Model) normAndActivation() graph.Sequential {
	if norm := m.Norm.Layer(nil); norm != nil {
		return graph.Sequential{norm, m.Activation}
	}
	return append(m.Start.before(), m.Activation)
}

// dense is a linear map. With batch normalisation it has no bias, which would do nothing: the next normalisation would
// subtract it, even if it came along a skip. Fixup has biases of its own.
func (m Model) dense(width int, init initializer.Initializer) graph.Dense {
	return graph.Dense{Units: width, Init: init, NoBias: m.Norm == graph.BN || m.Start == Fixup}
}

// weightInit draws a weight of a branch.
func (m Model) weightInit(lastOfBranch bool) initializer.Initializer {
	if lastOfBranch && m.ZeroInit {
		return initializer.Constant{}
	}
	return m.Start.init(m.init(), len(m.widths()), m.skip(), lastOfBranch)
}

func (m Model) init() initializer.Initializer {
	if m.Init == nil {
		return m.Activation.DefaultInit()
	}
	return m.Init
}

func (m Model) widths() []int {
	if m.Widths != nil {
		return m.Widths
	}
	return slices.Repeat([]int{m.Width}, max(m.Blocks, 0))
}

func (m Model) skip() int {
	if m.Skip == 0 {
		return 2
	}
	return m.Skip
}

func (m Model) branchScale() float64 {
	if m.BranchScale != 0 {
		return m.BranchScale
	}
	if m.Norm != graph.NoNorm || m.Start != DefaultStart {
		return 1
	}
	return 1 / math.Sqrt(float64(len(m.widths())))
}
