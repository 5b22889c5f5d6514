package transformer

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
)

// ViT is a vision Transformer (Dosovitskiy et al. 2021): it cuts images (batch, channels, height, width) into square patches, maps each to
// a vector, and reads them as a sequence. It gives logits (batch, Classes). Classes, Patch, Width and Config.Layers are needed.
type ViT struct {
	Classes int
	Patch   int // height and width of a patch, a divisor of those of the images
	Width   int

	attention.Config

	Pooling Pooling // the zero value is the mean of all patches; the paper has ClassToken
}

// Validate says what is wrong with the configuration, if anything.
func (m ViT) Validate() error {
	if err := checkSizes("Classes", m.Classes, "Patch", m.Patch, "Width", m.Width); err != nil {
		return err
	}
	if m.Lengths != "" || m.Causal {
		return errors.New("transformer: got a ViT with Lengths or Causal, want neither: every image has the same patches, in no order")
	}
	if err := m.Pooling.validate(); err != nil {
		return err
	}
	return m.Config.Validate()
}

// Apply draws the network.
func (m ViT) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	x = m.patches(b, x)
	if m.Pooling == ClassToken {
		x = withClassToken(b, x)
	}
	x = attention.LearnedPositions{Max: x.Shape()[1]}.Apply(b, x)
	x = graph.Dropout{P: m.Dropout}.Apply(b, x)
	x = attention.Encoder{Config: m.Config}.Apply(b, x)
	return classes(b, m.Pooling.draw(b, x, ""), m.Classes)
}

// patches makes sequences (batch, patches, width) of images.
func (m ViT) patches(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	s := x.Shape()
	if len(s) != 4 || s[2]%m.Patch != 0 || s[3]%m.Patch != 0 {
		return b.Failf("got images of shape %v, want (batch, channels, height, width) with a height and a width that are multiples of %d (Patch)", s, m.Patch)
	}
	x = graph.Conv2D{Channels: m.Width, Kernel: m.Patch, Stride: m.Patch, Init: initializer.LeCunNormal{}}.Apply(b.ScopeAs("patches"), x)
	count := x.Shape()[2] * x.Shape()[3]
	x = b.Check(gorgonia.Reshape(x, tensor.Shape{s[0], m.Width, count}))
	return b.Check(gorgonia.Transpose(x, 0, 2, 1))
}

// Size is the number of parameters for images of so many channels, and this height and width.
func (m ViT) Size(channels, height, width int) int {
	count, size := height/m.Patch*(width/m.Patch), m.Config.Size(m.Width)
	if m.Pooling == ClassToken {
		count++
		size += m.Width
	}
	return size + (channels*m.Patch*m.Patch+1)*m.Width + count*m.Width + (m.Width+1)*m.Classes
}

var _ graph.Model = ViT{}
