package scale

import (
	"github.com/gradflow/gradflow/internal/enum"
	"github.com/gradflow/gradflow/internal/lang"
)

// A Quantity is what is measured of a linear map W·x, as a root mean square over units and samples.
type Quantity int

// The quantities. The change of W·x since the first step is the sum of what Update and Carried measure.
const (
	Activation Quantity = iota // W·x, with the bias; of the stream: the sum after the last residual block
	Gradient                   // of the loss with respect to W·x
	Update                     // (W-W0)·x: what the steps of this weight do
	Carried                    // W0·(x-x0): what those of earlier layers do here
	Arriving                   // x-x0: the change of the data
	Gain                       // Carried over Arriving: how much W0 amplifies changes
	Change                     // of the stream since the first step
)

// String is as "update".
func (q Quantity) String() string {
	return enum.Name("quantity", q,
		"activation", lang.Key("gradient"), lang.Key("update"), "carried", "arriving", lang.Key("gain"), lang.Key("change"))
}

// A Class tells how a layer grows with the size of the network.
type Class int

// The classes. Over the width: of an input layer only the outputs grow, of an output layer only the inputs. Over the depth, where
// shapes stay the same, they are the first layer, the last one, and all between them.
const (
	Input Class = iota
	Hidden
	Output
	Fixed  // nothing of it grows
	Stream // the sum after the last residual block
)

// String is as "hidden".
func (c Class) String() string {
	return enum.Name("class", c,
		lang.Key("input"), lang.Key("hidden"), lang.Key("output"), lang.Key("fixed"), lang.Key("stream"))
}

// stream is the name of the sum after the last residual block, among those of layers.
const stream = "stream"
