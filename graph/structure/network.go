package structure

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
	"github.com/gradflow/gradflow/internal/lang"
)

// A Network is the structure of a graph.
type Network struct {
	Layers     []*Layer     // by depth; layers of one depth as they were drawn; the steps of a sequence one after another
	Blocks     []*Block     // as they were drawn
	Gates      []*Gate      // as they were drawn
	Attentions []*Attention // as they were drawn
	Sequences  []*Sequence  // by their first layer
	Parameters []*Parameter // all of them, in the order of Config.Parameters
}

// Depth is the largest depth of a layer.
func (n *Network) Depth() int {
	if len(n.Layers) == 0 {
		return 0
	}
	return n.Layers[len(n.Layers)-1].Depth
}

// Unreached lists the parameters that no part of the structure uses.
func (n *Network) Unreached() (list []*Parameter) {
	for _, p := range n.Parameters {
		if p.Role == NoRole {
			list = append(list, p)
		}
	}
	return list
}

// A Layer is one or more linear maps and what follows them.
type Layer struct {
	Path  string // the name of its weight without "/weight" or the like; equal for all steps of a sequence
	Depth int    // from 1
	Step  int    // from 1, in a sequence; 0 outside
	Steps int    // number of steps in which the nodes of the layer are computed, in a recurrence of package scan; 0 outside

	Maps []*Map // whose results are added; the one of the deepest data first

	Bias        []*gorgonia.Node // parameters that are added before a normalisation
	Norm        NormKind         // between the maps and Pre
	Gain, Shift []*gorgonia.Node // parameters of the normalisation, or others that multiply

	// Pre is the pre-activation: what the activation reads. Without an activation it is the last node of the layer. Of a recurrence that
	// one operation computes, see [Sequence]; of a linear recurrent unit it is what is added to the states.
	Pre        *gorgonia.Node
	Act        *gorgonia.Node // the output of the activation; nil if there is none
	Activation op.Activation  // meaningful if Act is not nil
	Alpha      float64        // of the activations that have one

	// UnitAxis is the axis of Pre that the units lie along, counted back from the last: 0 in (batch, units), 1 in
	// (units, batch), 2 in (batch, channels, height, width); -1 if all of Pre is one unit's.
	UnitAxis int
	OnSkip   bool // a projection on the skip of a block

	Nodes []*gorgonia.Node // all that belong to the layer, from its maps to its end, as drawn
}

// In is the number of products that are summed in each unit; 0 for a lookup.
func (l *Layer) In() int { return l.Maps[0].In }

// Out is the number of units.
func (l *Layer) Out() int {
	shape := l.Pre.Shape()
	if l.UnitAxis < 0 || l.UnitAxis >= len(shape) {
		return 1
	}
	return shape[len(shape)-1-l.UnitAxis]
}

// A MapKind tells what a linear map computes.
type MapKind int

// The kinds of linear maps.
const (
	Dense MapKind = iota // a product of matrices or vectors
	Convolution
	Lookup   // rows of a table
	Diagonal // a product of each element with one of its own
)

// String is "dense", "convolution", "lookup" or "diagonal".
func (k MapKind) String() string {
	return enum.Name("map", k, "dense", "convolution", lang.Key("lookup"), lang.Key("diagonal"))
}

// A Map is a product of a parameter and a sample.
type Map struct {
	Kind       MapKind
	Node       *gorgonia.Node   // the product
	Data       *gorgonia.Node   // the sample; of a convolution, what the patches are cut from
	Weight     *gorgonia.Node   // the other operand: a parameter, or computed from parameters
	Parameters []*gorgonia.Node // what Weight is computed from
	Transposed bool             // whether the product transposes Weight
	In         int              // products that are summed in each unit; 0 for a lookup
	Shared     bool             // whether another layer, of no common sequence, reads one of the parameters
}

// A NormKind is a normalisation.
type NormKind int

// The normalisations. BatchNorm has one mean and variance for each unit, LayerNorm and RMSNorm one for each sample.
const (
	NoNorm NormKind = iota
	BatchNorm
	LayerNorm
	GroupNorm
	RMSNorm // without a mean
)

// String is the short name, as "bn".
func (n NormKind) String() string { return enum.Name("norm", n, "none", "bn", "ln", "gn", "rms") }

// A BlockKind tells how the skip of a block passes its input on.
type BlockKind int

// The kinds of blocks.
const (
	Identity   BlockKind = iota // skip + branch
	Projection                  // the skip has a layer of its own, without an activation
	Gated                       // the skip is multiplied by a gate, as in a highway network
	Concat                      // skip and branch are concatenated, as in a DenseNet
)

// String is "identity", "projection", "gated" or "concatenation".
func (k BlockKind) String() string {
	return enum.Name("block", k, lang.Key("identity"), lang.Key("projection"), lang.Key("gated"), lang.Key("concatenation"))
}

// A Block is a sum or concatenation of a skip and a branch.
type Block struct {
	Path         string // the folder in the paths of all its layers, or "block" and its number
	Kind         BlockKind
	Input        *gorgonia.Node // the node that skip and branch read
	Skip, Branch *gorgonia.Node // the two terms
	Sum          *gorgonia.Node // or the concatenation
	Scale        float64        // of the branch, which Branch includes
	Layers       []int          // of the branch: indices in Network.Layers
	Projection   int            // index of the projection; -1 in other kinds
}

// A Gate is a product of an activation and a value.
type Gate struct {
	Node        *gorgonia.Node // the product
	Gate, Value *gorgonia.Node // its operands
	Layer       int            // index of the layer whose activation is the gate; -1 if there is none
}

// An Attention mixes values by the softmax of a product of queries and keys. The heads of one attention have one output.
type Attention struct {
	Heads             []*Head
	Query, Key, Value []int // indices in Network.Layers, one for each head; -1 if no layer was found
	Output            int   // index of the layer that reads the heads; -1 if there is none
}

// A Head is one mixing step.
type Head struct {
	Scores  *gorgonia.Node // the product of queries and keys
	Logits  *gorgonia.Node // what the softmax is of, with scale and mask, and before any maximum is taken off
	Weights *gorgonia.Node // the softmax
	Mix     *gorgonia.Node // the product of weights and values
}

// A Sequence is a layer over steps.
type Sequence struct {
	Layers    []int // one index for each step; a layer with Steps stands for all of these
	Steps     int   // number of steps
	Recurrent bool  // whether steps depend on earlier ones
	First     bool  // whether it is recurrent and no other recurrent sequence comes before it on the ways from the inputs

	Stacked bool // whether it is recurrent and later steps read no new data: they are a stack over depth that shares its weights

	// Fused is the number of steps of a recurrence that one operation computes, [op.Recurrent]; 0 if each step has operations of its
	// own. Each of Layers then stands for all steps. Its Pre is what the states are added to: the gradient by it is that by the
	// pre-activations of all steps, (batch, steps, gates·units).
	Fused int
	Cell  op.Cell // meaningful if Fused is positive
	// Reverse is set if a fused recurrence runs from the end of each sequence to its start.
	Reverse bool
}

// A ParameterRole is the purpose of a parameter.
type ParameterRole int

// The roles.
const (
	NoRole ParameterRole = iota // the parameter is unreached
	Weight
	Bias
	Gain
	Shift
)

// String is the role's name.
func (r ParameterRole) String() string {
	return enum.Name("role", r, "none", "weight", "bias", "gain", "shift")
}

// A Parameter tells how the structure uses a parameter.
type Parameter struct {
	Node   *gorgonia.Node
	Name   string
	Role   ParameterRole
	Units  Units // of a weight with two axes or more
	Layers []int // indices of the layers it belongs to
	Depth  int   // of the first of its layers, or of the layer before the place where it meets samples; 0 before all
	// Reader is the operation that combines an unreached parameter with samples and makes no layer of them, because it is unknown
	// or expands the samples; or the activation of a network of parameters alone. It is nil if nothing does.
	Reader *gorgonia.Node
}
