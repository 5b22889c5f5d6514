package vanishing

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// gap tells what lies between a layer's activation and the next layer's linear map: normalisation after an activation, or
// normalisation and activation of a pre-activation block. Constant factors belong to the activation that they come before or after.
func (p *netReader) gap(before, after *graph.LayerTrace, lower, upper *theory.Layer) error {
	nodes := way(after.Linear, before.Pre)
	if nodes == nil {
		return errors.New("the graph has no way back to the layer before")
	}
	activation, factor := &lower.Activation, 1.0
	if before.Act == nil {
		activation = &upper.PreActivation
	}
	for _, n := range slices.Backward(nodes[1:max(1, len(nodes)-1)]) {
		switch spec := op.SpecOf(n); {
		case n == before.Act, p.scales(n), spec.Kind == op.KindActivate && spec.Activation == op.Identity, spec.Kind == op.KindReshape && lower.Window != nil:
		case spec.Kind == op.KindNormalize && (spec.Over == op.OverBatch || spec.Over == op.OverImages):
			upper.PreNorm = theory.BatchNorm
		case spec.Kind == op.KindNormalize && spec.Over == op.OverFeatures:
			upper.PreNorm = theory.LayerNorm
		case spec.Kind == op.KindActivate:
			activation = &upper.PreActivation
			*activation = theory.Scaled(graph.ActivationOf(spec.Activation, spec.Alpha), factor, 1)
			factor = 1
		case spec.Kind == op.KindScale && *activation != nil:
			*activation = theory.Scaled(*activation, 1, spec.Factor)
		case spec.Kind == op.KindScale && upper.PreNorm == theory.NoNorm:
			factor *= spec.Factor
		case spec.Kind == op.KindPool && spec.Name == "global average":
			upper.Pooled = true
		case spec.Kind == op.KindPool:
			return errors.Errorf("theory has no words for %s", poolName(n))
		default:
			return errors.Errorf("theory has no words for %s", operationName(n))
		}
	}
	if factor != 1 {
		return errors.Errorf("theory has no words for %s", op.KindScale)
	}
	if upper.PreActivation == nil { // then it belongs to the layer before
		lower.PostNorm, upper.PreNorm = upper.PreNorm, theory.NoNorm
	}
	return nil
}

// afterSum tells normalisation and scale of a residual block's sum, which a pre-activation block of another shape has between the sum
// and its skip, from those of the branch.
func (p *netReader) afterSum(l *graph.LayerTrace, layer *theory.Layer) {
	for _, b := range p.Blocks {
		if b.Last < b.First || p.Layers[b.Last] != l || b.Sum == l.Pre {
			continue
		}
		nodes := way(l.Pre, b.Sum)
		for _, n := range nodes {
			switch spec := op.SpecOf(n); spec.Kind {
			case op.KindNormalize:
				layer.SumNorm, layer.Norm = layer.Norm, theory.NoNorm
			case op.KindScale:
				if !p.scales(n) {
					layer.SumScale = spec.Factor
				}
			}
		}
	}
}

// scales reports whether a node is the scale of a block whose skip was removed.
func (p *netReader) scales(n *gorgonia.Node) bool {
	return slices.ContainsFunc(p.Blocks, func(b *graph.BlockTrace) bool { return b.Skip == nil && b.Branch == n && b.Scale != 1 })
}

// operationName is the kind of a node's operation, or its text if the kind is unknown.
func operationName(n *gorgonia.Node) string {
	if kind := op.SpecOf(n).Kind; kind != op.KindUnknown {
		return kind.String()
	}
	return n.Op().String()
}

// skipsLate reports whether a block begins after the normalisation and the activation before its first layer.
func skipsLate(b *graph.BlockTrace, first *graph.LayerTrace, described theory.Layer) bool {
	nodes := way(first.Linear, b.Input)
	return described.PreActivation != nil && !slices.ContainsFunc(nodes[:max(0, len(nodes)-1)], func(n *gorgonia.Node) bool {
		return op.SpecOf(n).Kind == op.KindActivate
	})
}
