package op

import (
	"reflect"
	"strconv"
	"strings"

	"gorgonia.org/gorgonia"
)

// SpecOf describes the operation at a node: of this package, of Gorgonia's own, or any other that has a method Spec as [Op.Spec].
// The kind of others is KindUnknown.
func SpecOf(n *gorgonia.Node) Spec {
	switch o := n.Op().(type) {
	case nil:
		return Spec{Kind: KindInput}
	case interface{ Spec() Spec }:
		return o.Spec()
	default:
		of := stockSpecs[strings.TrimPrefix(reflect.TypeOf(o).String(), "*")]
		if of == nil {
			return Spec{}
		}
		return of(o.String())
	}
}

// stockSpecs is the one table by which Gorgonia's own operations are recognised. Gorgonia does not export their types, but the
// names of the types are fixed in a version, and String gives all attributes.
var stockSpecs = map[string]func(text string) Spec{
	"gorgonia.constantScalar": only(KindConstant), "gorgonia.constantTensor": only(KindConstant),
	"gorgonia.randomOp": only(KindRandom), "gorgonia.sizeOp": only(KindSize),

	"gorgonia.linAlgBinOp": stockProductSpec, "gorgonia.tensordotOp": only(KindTensordot),
	"gorgonia.byIndicesOp": stockLookupSpec,
	"gorgonia.elemBinOp":   stockBinarySpec, "gorgonia.elemUnaryOp": stockUnarySpec,
	"gorgonia.clampOp": named(KindElementwise, "clamp"), "gorgonia.minBetween": named(KindElementwise, "minimum"),
	"gorgonia.maxBetween": named(KindElementwise, "maximum"), "gorgonia.dtConvOp": named(KindElementwise, "conversion"),

	"gorgonia.sumOp": withAxes(KindSum, "["), "gorgonia.maxOp": withAxes(KindMax, "["),
	"gorgonia.BatchNormOp": only(KindNormalize), "gorgonia.GroupNormOp": only(KindGroupNormalize),
	"gorgonia.softmaxOp": stockSoftmaxSpec, "gorgonia.sparsemaxOp": named(KindSoftmax, "sparsemax"),

	"gorgonia.reshapeOp": only(KindReshape), "gorgonia.Iop": named(KindReshape, "identity"),
	"gorgonia.transposeOp": withAxes(KindTranspose, "{"),
	"gorgonia.sliceOp":     stockSliceSpec, "gorgonia.atOp": named(KindSlice, "at"), "gorgonia.sliceIncrOp": stockSliceGradientSpec,
	"gorgonia.concatOp": withAxes(KindConcat, "="), "gorgonia.repeatOp": withAxes(KindRepeat, "Repeat"),
	"gorgonia.im2colOp": stockPatchesSpec, "gorgonia.maxPoolOp": only(KindPool), "gorgonia.avgPoolOp": named(KindPool, "average"),
	"gorgonia.globalAveragePoolOp": named(KindPool, "global average"), "gorgonia.upsampleOp": only(KindUpsample),
	"gorgonia.dropoutOp": only(KindDropout), "gorgonia.ctcLossOp": only(KindLoss),

	"gorgonia.col2imOp": named(KindGradient, "patches"), "gorgonia.maxPoolDiffOp": named(KindGradient, "maximum"),
	"gorgonia.avgPoolDiffOp": named(KindGradient, "average"), "gorgonia.dropoutDiffOp": named(KindGradient, "dropout"),
	"gorgonia.batchnormDiffOp": named(KindGradient, "normalization"),
	"gorgonia.softmaxDiffOp":   stockSoftmaxDiffSpec,
	"gorgonia.readOp":          named(KindStatement, "read"), "gorgonia.letOp": named(KindStatement, "let"),
}

// only is a kind without attributes.
func only(k Kind) func(string) Spec { return func(string) Spec { return Spec{Kind: k} } }

// named is a kind with a name.
func named(k Kind, name string) func(string) Spec {
	return func(string) Spec { return Spec{Kind: k, Name: name} }
}

// withAxes is a kind whose text lists its axes after a mark.
func withAxes(k Kind, mark string) func(string) Spec {
	return func(text string) Spec {
		_, list, _ := strings.Cut(text, mark)
		return Spec{Kind: k, Axes: integers(list)}
	}
}

// integers lists the numbers without a sign in a text.
func integers(text string) (list []int) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if v, err := strconv.Atoi(word); err == nil {
			list = append(list, v)
		}
	}
	return list
}

// stockProductSpec reads a product such as "A × Bᵀ".
func stockProductSpec(text string) Spec {
	kind := map[string]Kind{
		"A × B": KindMatMul, "A ××× B": KindMatMul, "A × b": KindMatVec, "a ⋅ b": KindDot, "a ⊗ b": KindOuter,
	}[strings.ReplaceAll(text, "ᵀ", "")]
	return Spec{Kind: kind, TransA: strings.HasPrefix(text, "Aᵀ"), TransB: strings.HasSuffix(text, "Bᵀ")}
}

// stockLookupSpec treats a choice of whole rows as a lookup of embeddings, and any other as a slice.
func stockLookupSpec(text string) Spec {
	if text == "ByIndicesOp{axis=0}" {
		return Spec{Kind: KindEmbedding}
	}
	return Spec{Kind: KindSlice, Name: "rows"}
}

// stockPatchesSpec reads "im2col<(3,3), (1, 1), (2,2) (1, 1)>": window, padding, stride and dilation, in both directions.
func stockPatchesSpec(text string) Spec {
	_, list, _ := strings.Cut(text, "<")
	return Spec{Kind: KindPatches, Bounds: integers(list)}
}

// stockSliceSpec reads "T[:, 0:4:1]", with a colon for each axis before the one that is cut.
func stockSliceSpec(text string) Spec {
	return Spec{Kind: KindSlice, Bounds: integers(text), Axes: []int{len(strings.Split(text, ",")) - 1}}
}

// stockSliceGradientSpec reads "T[0:4:1...]+=...".
func stockSliceGradientSpec(text string) Spec {
	return Spec{Kind: KindGradient, Name: "slice", Bounds: integers(text)}
}

// stockBinarySpec reads the sign of a text such as "+ false", and of a comparison whether its result is of numbers.
func stockBinarySpec(text string) Spec {
	sign, same, _ := strings.Cut(text, " ")
	switch sign {
	case "+":
		return Spec{Kind: KindAdd}
	case "-":
		return Spec{Kind: KindSub}
	case "⊙":
		return Spec{Kind: KindMul}
	case "÷":
		return Spec{Kind: KindDiv}
	case "^":
		return Spec{Kind: KindPow}
	}
	return Spec{Kind: KindCompare, Sign: sign, Bool: same != "true"}
}

// stockUnarySpecs are Gorgonia's functions of one element that have a kind here, by Gorgonia's names.
var stockUnarySpecs = map[string]Spec{
	"exp": {Kind: KindExp}, "ln": {Kind: KindLog}, "sqrt": {Kind: KindSqrt}, "square": {Kind: KindSquare}, "neg": {Kind: KindNeg},
	"inv": {Kind: KindInverse}, "invSqrt": {Kind: KindInverseSqrt},
	"tanh":     {Kind: KindActivate, Activation: Tanh},
	"sigmoid":  {Kind: KindActivate, Activation: Sigmoid},
	"softplus": {Kind: KindActivate, Activation: Softplus},
}

func stockUnarySpec(text string) Spec {
	s, known := stockUnarySpecs[text]
	if !known {
		s.Kind = KindElementwise
	}
	s.Name = text
	return s
}

// stockSoftmaxSpec reads "Softmax{-1, false}()": axis, and whether it is the logarithm. The axis -1 is the last.
func stockSoftmaxSpec(text string) Spec {
	s := Spec{Kind: KindSoftmax}
	if strings.Contains(text, "true") {
		s.Kind = KindLogSoftmax
	}
	if !strings.Contains(text, "-") {
		s.Axes = integers(text)
	}
	return s
}

// stockSoftmaxDiffSpec reads "SoftmaxDiff{-1, false}()". Name is the kind of the differentiated operation.
func stockSoftmaxDiffSpec(text string) Spec {
	s := stockSoftmaxSpec(text)
	return Spec{Kind: KindGradient, Name: s.Kind.String(), Axes: s.Axes}
}
