package resnet

import (
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// block is a residual block that takes in channels to those of a stage.
func (m Image) block(in, width, stride int, drop float64) graph.Layer {
	out := width
	if m.Bottleneck {
		out *= 4
	}
	branch := m.branch(width, out, stride)
	if drop > 0 {
		branch = append(branch, graph.StochasticDepth{P: drop})
	}
	block := graph.Residual{Branch: branch, NoSkip: m.NoSkip}
	changes := in != out || stride != 1
	if changes {
		block.Shortcut = m.shortcut(out, stride)
	}
	switch {
	case !m.PreActivation:
		block.Activation = m.Activation
	case changes: // the first normalisation and activation come before branch and skip
		first := m.normAndActivation()
		block.Branch = branch[len(first):]
		return append(first, block)
	}
	return block
}

// branch is the convolutions of a block, each with a normalisation and an activation after it, or before it with PreActivation. After
// the last one comes no activation.
func (m Image) branch(width, out, stride int) (branch graph.Sequential) {
	type convolution struct{ channels, kernel, stride int }
	list := []convolution{{width, 3, stride}, {out, 3, 1}}
	if m.Bottleneck {
		list = []convolution{{width, 1, 1}, {width, 3, stride}, {out, 1, 1}}
	}
	for i, c := range list {
		isLast := i == len(list)-1
		switch zero := m.ZeroInit && isLast; {
		case m.PreActivation && zero:
			branch = append(append(branch, m.normAndActivation()...), m.conv(c.channels, c.kernel, c.stride, initializer.Constant{}))
		case m.PreActivation:
			branch = append(append(branch, m.normAndActivation()...), m.conv(c.channels, c.kernel, c.stride, m.Init))
		case zero:
			branch = append(branch, m.conv(c.channels, c.kernel, c.stride, m.Init), m.norm(initializer.Constant{}))
		case isLast:
			branch = append(branch, m.conv(c.channels, c.kernel, c.stride, m.Init), m.norm(nil))
		default:
			branch = append(append(branch, m.conv(c.channels, c.kernel, c.stride, m.Init)), m.normAndActivation()...)
		}
	}
	return branch
}

// shortcut is the skip of a block that changes the shape.
func (m Image) shortcut(channels, stride int) graph.Layer {
	projection := m.conv(channels, 1, stride, m.Init)
	switch {
	case m.Shortcut == OptionA:
		return graph.PadChannels{Channels: channels, Stride: stride}
	case m.PreActivation:
		return projection
	}
	return graph.Sequential{projection, m.norm(nil)}
}

// conv is a convolution that keeps the size of an image, but for the stride. It has no bias, which the next normalisation would
// subtract.
func (m Image) conv(channels, kernel, stride int, init initializer.Initializer) graph.Layer {
	if init == nil {
		init = initializer.HeNormal{FanOut: true}
	}
	return graph.Conv2D{Channels: channels, Kernel: kernel, Stride: stride, Padding: kernel / 2, NoBias: true, Init: init}
}

func (m Image) norm(gain initializer.Initializer) graph.Layer {
	if m.Norm == nil {
		return graph.BN.Layer(gain)
	}
	return m.Norm(gain)
}

func (m Image) normAndActivation() graph.Sequential {
	return graph.Sequential{m.norm(nil), m.Activation}
}
