package op

import "github.com/gradflow/gradflow/internal/enum"

// A Kind tells what an operation computes, apart from its attributes. Operations of this package and stock operations of
// Gorgonia's share the kinds, so a reader of graphs needs one vocabulary.
type Kind int

// The kinds. Attributes that a kind has are fields of [Spec].
const (
	KindUnknown  Kind = iota // an operation that this package cannot name
	KindInput                // no operation: an input or a parameter
	KindConstant             // a number or a tensor that is part of the graph

	KindLinear    // x·w + b: TransA and TransB are false
	KindMatMul    // a product of two matrices, or of two stacks of matrices: TransA, TransB
	KindMatVec    // a matrix times a vector: TransA
	KindDot       // the inner product of two vectors
	KindOuter     // the outer product of two vectors
	KindTensordot // a product summed over several axes
	KindConv      // a convolution of images or sequences: Window, Groups
	KindConvTransposed
	KindEmbedding // rows of a table

	KindRecurrent     // a recurrence over all steps: Cell, Reverse. It adds the products of the states and a weight, its operand 1, to operand 0
	KindRecurrentPart // a part of a recurrence's result: Cell, Reverse; Name is "states", "outputs", "last", "gates" or "cells"

	KindLRU // a linear recurrence of complex states, each of its own: operands 1 and 2 are the parameters

	KindAdd // of two tensors, broadcast or not; so are the next ones
	KindSub
	KindMul
	KindDiv
	KindPow
	KindCompare // Sign tells how
	KindLerp

	KindScale    // times a constant: Factor
	KindActivate // an activation: Activation, Alpha
	KindExp
	KindLog
	KindSqrt
	KindSquare
	KindNeg
	KindInverse
	KindInverseSqrt
	KindElementwise // any other function of each element

	KindSum  // over Axes
	KindMean // over Axes, or Over the batch or the features
	KindMax  // over Axes
	KindRStd // 1/sqrt(variance + eps): Over
	KindVariance
	KindRankMean // over the processes that train together

	KindNormalize      // Over, Frozen
	KindGroupNormalize // over groups of channels
	KindSoftmax        // over Axes
	KindLogSoftmax     // over Axes
	KindAttention      // values mixed by the softmax of products of queries and keys: Heads, Causal

	KindReshape
	KindTranspose // Axes are the new order
	KindSlice
	KindConcat // along Axes
	KindRepeat // along Axes
	KindPatches
	KindPool // of images: Window, unless Name is "adaptive average" or "global average"
	KindPad  // every so many pixels of images, and channels of zeros
	KindUpsample
	KindRotate // positions in queries and keys

	KindDropout     // x with some elements set to zero
	KindDropoutMask // the factor of x in dropout
	KindRandom      // random numbers
	KindSize        // the size of an axis
	KindLoss        // a scalar of a prediction and a target
	KindScan        // the steps of a recurrence: Steps
	KindPart        // one of several results of an operation: Index
	KindGradient    // part of a gradient: Name tells of which stock operation; no forward graph has it
	KindStatement   // an instruction of Gorgonia's to a machine: Name is "let" or "read"
	numKinds
)

var kindNames = [numKinds]string{
	"unknown", "input", "constant",
	"linear", "matmul", "matvec", "dot", "outer", "tensordot", "conv", "conv_transposed", "embedding",
	"recurrent", "recurrent_part", "lru",
	"add", "sub", "mul", "div", "pow", "compare", "lerp",
	"scale", "activate", "exp", "log", "sqrt", "square", "neg", "inverse", "inverse_sqrt", "elementwise",
	"sum", "mean", "max", "rstd", "variance", "rank_mean",
	"normalize", "group_normalize", "softmax", "log_softmax", "attention",
	"reshape", "transpose", "slice", "concat", "repeat", "patches", "pool", "pad", "upsample", "rotate",
	"dropout", "dropout_mask", "random", "size", "loss", "scan", "part", "gradient", "statement",
}

// String is the kind's name, as "matmul".
func (k Kind) String() string {
	return enum.Name("kind", k, kindNames[:]...)
}

// IsProduct reports whether operations of the kind multiply tensors and sum the products, as linear maps do.
func (k Kind) IsProduct() bool { return k >= KindLinear && k <= KindEmbedding }

// ReadsShapesOnly reports whether operations of the kind read only the shapes of their operands.
func (k Kind) ReadsShapesOnly() bool { return k == KindSize || k == KindDropoutMask }

// A Spec describes an operation: its kind and the attributes that operations of this kind have. Attributes of other kinds
// are zero.
type Spec struct {
	Kind           Kind
	TransA, TransB bool       // whether a product transposes its operands first
	Activation     Activation // of KindActivate
	Alpha          float64    // of KindActivate, read by LeakyReLU and ELU; of KindDropoutMask the probability of a zero; of a [Function] its parameter p
	Beta           float64    // of a [Function] its parameter q
	Factor         float64    // of KindScale; of KindAttention the scale, 0 for the default; of KindRotate the base
	Over           Axis       // of KindNormalize and its statistics
	Frozen         bool       // of KindNormalize: the statistics are not those of x
	Axes           []int      // axes of x, or their new order
	Sign           string     // of KindCompare: < > <= >= == !=
	Bool           bool       // of KindCompare: whether the result is of bools, and not of numbers
	Window         Window     // of convolutions and of KindPool
	Groups         int        // of channels, in convolutions
	Extra          [2]int     // of KindConvTransposed: what is added to the size of the result
	Size           [2]int     // height and width of the result of an "adaptive average"
	CountPadding   bool       // of KindPool, "average": whether zeros of the padding count as elements
	Keep           bool       // of sums, means and maxima over Axes: whether these stay, with size 1
	Eps            float64    // of KindRStd, and of a normalisation "rms"
	Step           int        // of KindPad: every so many pixels stay
	Steps          int        // of KindScan
	Index          int        // of KindPart, and of a slice "step"
	Cell           Cell       // of a recurrence
	Operands       []string   // of a recurrence, after the weight: "input bias", "hidden bias", "first state", "first cell", "lengths"
	Reverse        bool       // of a recurrence: whether it runs from the end of each sequence to its start
	Heads          int        // of KindAttention
	Packed         bool       // of KindAttention: whether one tensor holds queries, keys and values
	Causal         bool       // of KindAttention: whether a query sees no later key

	// Name tells an operation from others of its kind: of a pool "average", "adaptive average" or "global average", and nothing of
	// the maximum; of a normalisation "rms" if it does not subtract the mean; of a product "swiglu" if the first factor is SiLU of the
	// input; of a gradient the operation that it is the gradient of. It also tells stock operations from others: the function
	// of one element, as "log2"; of a slice "at", "rows" or "last steps"; of a softmax "sparsemax"; of a concatenation along a new axis "stack".
	Name string
	// Places is the index of a slice "take", and Alpha its fill; see [Take].
	Places []int32
	// Bounds are the start, the end and the step of a stock slice; the last ones may be missing.
	Bounds []int
}

// Spec describes the op. Ops that only a machine makes, by [Op.Fuse] or [Replacement], have no kind, unless an op that a program can
// draw computes the same from the same inputs: a convolution, a pool or ReLU, for example.
func (o *Op) Spec() Spec { return o.spec }
