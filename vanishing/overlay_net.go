package vanishing

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// describeNet tells theory how a program's network is built. It is an error, which says why, if theory has no words for it.
func describeNet(p *graph.Program, path []*graph.LayerTrace) (theory.Net, error) {
	net := theory.Net{Layers: make([]theory.Layer, len(path))}
	for i, l := range path {
		layer, err := describeForTheory(p, l)
		if err != nil {
			return net, err
		}
		net.Layers[i] = layer
	}
	for i, l := range path[1:] {
		if err := describeGap(p, path[i], l, &net.Layers[i], &net.Layers[i+1]); err != nil {
			return net, errors.Wrapf(err, "before layer %s", l.Path)
		}
	}
	place := make(map[*graph.LayerTrace]int)
	for i, l := range path {
		place[l] = i
	}
	for _, b := range p.Blocks {
		block, err := describeBlock(p, b, place)
		if err != nil {
			return net, err
		}
		net.Blocks = append(net.Blocks, block)
	}
	return net, nil
}

// describeForTheory tells of one layer: its variances by declaration.
func describeForTheory(p *graph.Program, l *graph.LayerTrace) (theory.Layer, error) {
	w := weightOf(p, l)
	if w == nil || len(l.Linear.Shape()) != 2 {
		return theory.Layer{}, errors.Errorf("layer %s is no fully connected one", l.Path)
	}
	layer := theory.Layer{Name: l.Path, In: w.Fan.In, Out: w.Fan.Out, Norm: normOf(l.Norm)}
	if l.Act != nil && l.Activation != graph.Identity {
		layer.Activation = l.Activation
	}
	var err error
	if layer.WeightVar, err = variance(w); err != nil {
		return layer, err
	}
	gain := gainOf(l)
	for _, b := range p.Weights {
		switch {
		case b.Layer != l.Path && b.Node != gain:
		case b.Role == graph.Bias:
			if layer.BiasVar, err = variance(b); err != nil {
				return layer, err
			}
		case b.Role == graph.Gain:
			layer.ZeroGain = b.Init == graph.Initializer(graph.Constant{})
		}
	}
	return layer, nil
}

// gainOf is the gain of a layer's normalisation; nil if there is none.
func gainOf(l *graph.LayerTrace) *gorgonia.Node {
	if l.Norm == graph.NoNorm {
		return nil
	}
	for _, n := range way(l.Pre, l.Linear) {
		if inputs := graph.Children(n); strings.HasPrefix(fmt.Sprint(n.Op()), "normalize(") && len(inputs) > 3 {
			return inputs[3]
		}
	}
	return nil
}

// variance is that of a parameter's elements, as its initialiser declares it.
func variance(b *graph.Binding) (float64, error) {
	if b.Init == nil {
		return 0, errors.Errorf("how %s was initialised is not known", b.Name)
	}
	v, known := graph.Variance(b.Init, b.Fan, b.Value.Shape())
	if !known {
		return 0, errors.Errorf("the variance that %v gives %s is not known", b.Init, b.Name)
	}
	return v, nil
}

func normOf(n graph.Norm) theory.Norm {
	switch n {
	case graph.BN:
		return theory.BatchNorm
	case graph.LN:
		return theory.LayerNorm
	}
	return theory.NoNorm
}

// describeGap tells what lies between a layer's activation and the next layer's linear map: normalisation behind an
// activation, or normalisation and activation of a pre-activation block.
func describeGap(p *graph.Program, before, after *graph.LayerTrace, lower, upper *theory.Layer) error {
	nodes := way(after.Linear, before.Pre)
	if nodes == nil {
		return errors.New("the graph has no way back to the layer before")
	}
	for i := len(nodes) - 2; i > 0; i-- {
		n := nodes[i]
		name := fmt.Sprint(n.Op())
		switch {
		case n == before.Act, strings.HasPrefix(name, "identity("):
		case strings.HasPrefix(name, "normalize(over batch"):
			upper.PreNorm = theory.BatchNorm
		case strings.HasPrefix(name, "normalize(over features"):
			upper.PreNorm = theory.LayerNorm
		case strings.Contains(name, "(alpha="):
			a, err := activationOf(name)
			if err != nil {
				return err
			}
			upper.PreActivation = a
		default:
			return errors.Errorf("theory has no words for %s", name)
		}
	}
	if upper.PreActivation == nil { // then it belongs to the layer before
		lower.PostNorm, upper.PreNorm = upper.PreNorm, theory.NoNorm
	}
	return nil
}

// activationOf finds the activation of an operation by its name, as "elu(alpha=1)".
func activationOf(name string) (graph.Activation, error) {
	kind, rest, _ := strings.Cut(name, "(alpha=")
	var alpha float64
	if _, err := fmt.Sscanf(rest, "%g)", &alpha); err != nil {
		return graph.Activation{}, errors.Wrapf(err, "activation %s", name)
	}
	switch kind {
	case "leaky_relu":
		return graph.LeakyReLU(alpha), nil
	case "elu":
		return graph.ELU(alpha), nil
	}
	return graph.ParseActivation(kind)
}

// describeBlock tells of a residual block.
func describeBlock(p *graph.Program, b *graph.BlockTrace, place map[*graph.LayerTrace]int) (theory.Block, error) {
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
		if !l.OnSkip || l.Linear != b.Skip {
			continue
		}
		var err error
		if block.ProjectionVar, err = variance(weightOf(p, l)); err != nil {
			return block, err
		}
	}
	return block, nil
}
