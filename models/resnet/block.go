package resnet

import (
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// block is a residual block that takes in channels to those of a stage. The standard deviation of its input counts with NormFree.
func (m Image) block(in, width, stride int, drop, deviation float64) graph.Layer {
	out := width
	if m.Bottleneck {
		out *= 4
	}
	branch := append(m.branch(width, out, stride, deviation), m.Start.end()...)
	if drop > 0 {
		branch = append(branch, graph.StochasticDepth{P: drop})
	}
	block := graph.Residual{Branch: branch, NoSkip: m.NoSkip}
	if m.NormFree {
		block.Scale = branchScale
	}
	changes := in != out || stride != 1
	if changes {
		block.Shortcut = m.shortcut(out, stride)
	}
	switch {
	case m.Start == Fixup && changes: // branch and skip read one sum with a number
		block.Activation = m.Activation
		first := m.Start.before()
		block.Branch = branch[len(first):]
		return append(first, block)
	case !m.PreActivation:
		block.Activation = m.Activation
	case changes: // the first normalisation and activation come before branch and skip
		first := m.preActivation(deviation)
		block.Branch = branch[len(first):]
		return append(first, block)
	}
	return block
}

// branch is the convolutions of a block, each with a normalisation and an activation after it, or before it with PreActivation. After
// the last one comes no activation.
func (m Image) branch(width, out, stride int, deviation float64) (branch graph.Sequential) {
	type convolution struct{ channels, kernel, stride int }
	list := []convolution{{width, 3, stride}, {out, 3, 1}}
	if m.Bottleneck {
		list = []convolution{{width, 1, 1}, {width, 3, stride}, {out, 1, 1}}
	}
	for i, c := range list {
		isLast := i == len(list)-1
		conv := m.convOfBranch(c.channels, c.kernel, c.stride, isLast)
		switch {
		case m.Start.hasNoNorm() && isLast && !m.PreActivation:
			branch = append(append(branch, m.Start.before()...), conv)
		case m.Start.hasNoNorm() && !m.PreActivation:
			branch = append(append(append(branch, m.Start.before()...), conv), m.normAndActivation()...)
		case m.PreActivation:
			branch = append(append(branch, m.preActivation(deviation)...), conv)
			deviation = 1
		case isLast && m.ZeroInit:
			branch = append(branch, conv, m.norm(initializer.Constant{}))
		case isLast:
			branch = append(branch, conv, m.norm(nil))
		default:
			branch = append(append(branch, conv), m.normAndActivation()...)
		}
	}
	return branch
}

// shortcut is the skip of a block that changes the shape.
func (m Image) shortcut(channels, stride int) graph.Layer {
	projection := m.conv(channels, 1, stride)
	switch {
	case m.Shortcut == OptionA:
		return graph.PadChannels{Channels: channels, Stride: stride}
	case m.PreActivation || m.Start.hasNoNorm():
		return projection
	}
	return graph.Sequential{projection, m.norm(nil)}
}

// conv is a convolution that keeps the size of an image, but for the stride. It has no bias, which the next normalisation would
// subtract.
func (m Image) conv(channels, kernel, stride int) graph.Conv2D {
	c := graph.Conv2D{
		Channels: channels, Kernel: kernel, Stride: stride, Padding: kernel / 2, NoBias: !m.NormFree && m.Start != SkipInit,
		Init: m.Init, Standardize: m.NormFree,
	}
	if c.Init == nil {
		c.Init = initializer.HeNormal{FanOut: true}
	}
	return c
}

// convOfBranch is conv in a branch, whose last one may start at zero, unless a normalisation after it does.
func (m Image) convOfBranch(channels, kernel, stride int, isLast bool) graph.Layer {
	c := m.conv(channels, kernel, stride)
	c.Init = m.Start.init(c.Init, m.branches(), m.convolutions(), isLast)
	switch zero := m.ZeroInit && isLast; {
	case zero && m.NormFree:
		c.GainInit = initializer.Constant{}
	case zero && m.PreActivation:
		c.Init = initializer.Constant{}
	}
	return c
}

func (m Image) norm(gain initializer.Initializer) graph.Layer {
	if m.Norm == nil {
		return graph.BN.Layer(gain)
	}
	return m.Norm(gain)
}

func (m Image) normAndActivation() graph.Sequential {
	switch {
	case m.NormFree:
		return graph.ScaledReLU
	case m.Start.hasNoNorm():
		return append(m.Start.before(), m.Activation)
	}
	return graph.Sequential{m.norm(nil), m.Activation}
}

// preActivation is the normalisation and the activation of an input of a standard deviation, which counts with NormFree.
func (m Image) preActivation(deviation float64) graph.Sequential {
	if m.NormFree && deviation != 1 {
		return append(graph.Sequential{graph.Scale{Factor: 1 / deviation}}, graph.ScaledReLU...)
	}
	return m.normAndActivation()
}

// branchScale is the factor of the branches in networks without normalisation.
const branchScale = 0.2

// deviation is the standard deviation of the input of a block in a network without normalisation, at the beginning: each block before
// it in the stage has added the variance branchScale², from 1 on. The first block of a stage has the input that the stage before left.
func (m Image) deviation(stage, block int) float64 {
	if block == 0 && stage > 0 {
		block = m.Blocks[stage-1]
	}
	return math.Sqrt(1 + float64(block)*branchScale*branchScale)
}
