package vanishing

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// A netReader describes a program's network to package theory.
type netReader struct {
	*graph.Program
	measured bool // whether the variance of some parameter is that of its values, as no initialiser declares it
}

// net describes the layers on a path from input to output. The error says what the theory does not cover.
func (p *netReader) net(path []*graph.LayerTrace) (theory.Net, error) {
	if err := p.checkPath(path); err != nil {
		return theory.Net{}, err
	}
	net := theory.Net{Layers: make([]theory.Layer, len(path)), Batch: p.Input.Shape()[0]}
	var err error
	if net.Image, err = p.imageOf(path); err != nil {
		return net, err
	}
	for i, l := range path {
		layer, err := p.layer(l)
		if err != nil {
			return net, err
		}
		net.Layers[i] = layer
	}
	for i, l := range path[1:] {
		if err := p.gap(path[i], l, &net.Layers[i], &net.Layers[i+1]); err != nil {
			return net, errors.Wrapf(err, "before layer %s", l.Path)
		}
	}
	place := make(map[*graph.LayerTrace]int)
	for i, l := range path {
		place[l] = i
	}
	for _, b := range p.Blocks {
		block, err := p.block(b, place)
		if err != nil {
			return net, err
		}
		block.SkipsLate = net.Image != nil && skipsLate(b, path[block.First], net.Layers[block.First])
		net.Blocks = append(net.Blocks, block)
	}
	return net, nil
}

// layer describes one layer.
func (p *netReader) layer(l *graph.LayerTrace) (theory.Layer, error) {
	found := p.Structure().Layers[slices.Index(p.Layers, l)]
	w, err := p.weight(found)
	if err != nil {
		return theory.Layer{}, err
	}
	if err := p.checkWithin(l, found); err != nil {
		return theory.Layer{}, err
	}
	layer := theory.Layer{Name: l.Path, In: found.In(), Out: found.Out(), Norm: knownNorms[l.Norm]}
	if l.Act != nil && l.Activation != graph.Identity {
		layer.Activation = l.Activation
	}
	if isConvolution(found) {
		p.convolution(&layer, found, w)
	}
	p.afterSum(l, &layer)
	if layer.Standardized = found.Maps[0].Weight != w.Node; layer.Standardized {
		layer.WeightVar, err = p.standardizedVariance(found.Maps[0])
	} else {
		layer.WeightVar, err = p.variance(w)
	}
	if err != nil {
		return layer, err
	}
	for _, b := range p.Weights {
		switch {
		case slices.Contains(found.Bias, b.Node):
			if layer.BiasVar, err = p.variance(b); err == nil && layer.Norm == theory.NoNorm {
				err = checkCentredBias(b, layer)
			}
			if err != nil {
				return layer, err
			}
		case slices.Contains(found.Gain, b.Node):
			if layer.ZeroGain, err = p.zeroGain(b); err != nil {
				return layer, err
			}
		}
	}
	return layer, nil
}

// weight is the one weight of a fully connected layer or a convolution. The theory covers no other layers.
func (p *netReader) weight(found *structure.Layer) (*graph.Binding, error) {
	m := found.Maps[0]
	_, state := mapsOfCell(found)
	switch {
	case state != nil:
		return nil, errors.Errorf("theory follows recurrent layers such as %s over time, and not over depth", found.Path)
	case len(found.Maps) > 1:
		return nil, errors.Errorf("layer %s adds the results of several linear maps", found.Path)
	case m.Kind == structure.Convolution:
		if err := checkConvolution(found); err != nil {
			return nil, err
		}
	case m.Kind != structure.Dense || len(m.Node.Shape()) != 2 || found.UnitAxis != 0:
		return nil, errors.Errorf("layer %s is no fully connected one", found.Path)
	}
	if m.Shared || found.Step > 0 {
		return nil, errors.Errorf("layer %s has its weight in common with others", found.Path)
	}
	for _, w := range p.Weights {
		if w.Node == m.Weight || w.Role == graph.Weight && slices.Contains(m.Parameters, w.Node) && isStandardized(m.Weight, w.Node) {
			return w, nil
		}
	}
	return nil, errors.Errorf("the weight of layer %s is computed from parameters", found.Path)
}

// knownNorms are the normalisations that theory has words for.
var knownNorms = map[structure.NormKind]theory.Norm{
	structure.NoNorm: theory.NoNorm, structure.BatchNorm: theory.BatchNorm, structure.LayerNorm: theory.LayerNorm,
}

// checkWithin is an error if theory has no words for what lies between a layer's linear map and its activation: another
// normalisation, a gain without one, dropout, a factor other than that of a residual block, or a sum that is neither a bias nor that
// of a block.
func (p *netReader) checkWithin(l *graph.LayerTrace, found *structure.Layer) error {
	if _, known := knownNorms[l.Norm]; !known || l.Norm == structure.NoNorm && len(found.Gain) > 0 {
		return errors.Errorf("theory has no words for the normalisation of layer %s", l.Path)
	}
	known := make(map[*gorgonia.Node]bool) // nodes of residual blocks that the description has
	for _, b := range p.Blocks {
		known[b.Sum] = true
		if b.Scale != 1 {
			known[b.Branch] = true
		}
		if b.Last >= b.First && p.Layers[b.Last] == l {
			for _, n := range way(l.Pre, b.Sum) { // see afterSum
				known[n] = true
			}
		}
	}
	for _, n := range way(l.Pre, l.Linear) {
		switch kind := op.SpecOf(n).Kind; {
		case isDropout(n):
			return errors.Errorf("theory has no words for %s in layer %s", op.KindDropout, l.Path)
		case (kind == op.KindScale || kind == op.KindMul) && l.Norm == structure.NoNorm && !known[n]:
			return errors.Errorf("theory has no words for %s in layer %s", kind, l.Path)
		case kind != op.KindAdd && kind != op.KindSub || known[n]:
			continue
		}
		isBias := slices.ContainsFunc(op.Operands(n), func(term *gorgonia.Node) bool {
			return slices.ContainsFunc(found.Bias, func(b *gorgonia.Node) bool { return way(term, b) != nil && way(term, l.Linear) == nil })
		})
		if !isBias && l.Norm == structure.NoNorm { // a normalisation may be written out
			return errors.Errorf("theory has no words for a sum in layer %s", l.Path)
		}
	}
	return nil
}

// isDropout reports whether a node sets some elements to zero at random.
func isDropout(n *gorgonia.Node) bool {
	return op.SpecOf(n).Kind == op.KindDropout || slices.ContainsFunc(op.Operands(n), func(factor *gorgonia.Node) bool {
		return op.SpecOf(factor).Kind == op.KindDropoutMask
	})
}

// block describes a residual block.
func (p *netReader) block(b *graph.BlockTrace, place map[*graph.LayerTrace]int) (theory.Block, error) {
	block := theory.Block{First: -1, Scale: b.Scale, NoSkip: b.Skip == nil}
	for i := b.First; i <= b.Last; i++ {
		at, onPath := place[p.Layers[i]]
		if !onPath {
			continue
		}
		if block.First < 0 {
			block.First = at
		}
		block.Last = at
	}
	if block.First < 0 {
		return block, errors.Errorf("block %s has no weighted layer", b.Path)
	}
	for _, l := range p.Layers {
		if !l.OnSkip || l.Linear != b.Skip && l.Pre != b.Skip {
			continue
		}
		projection, err := p.layer(l)
		if err != nil {
			return block, err
		}
		block.ProjectionVar, block.ProjectionWindow = projection.WeightVar, projection.Window
		block.ProjectionNorm, block.ProjectionStandardized = projection.Norm, projection.Standardized
	}
	if b.Skip != nil && op.SpecOf(b.Skip).Kind == op.KindPad {
		padded(&block, b.Input, b.Skip)
	}
	if b.Skip != nil && b.Skip != b.Input && block.ProjectionVar == 0 && !block.PadsChannels {
		return block, errors.Errorf("theory has no words for the skip of block %s", b.Path)
	}
	return block, nil
}
