package structure

import (
	"cmp"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// network makes the Network of the layers, blocks, gates and heads that were found.
func (f *finder) network(parameters []*gorgonia.Node) *Network {
	f.findOutputs()
	f.groupUses()
	slices.SortStableFunc(f.layers, func(a, b *layer) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), compareBool(a.block != nil, b.block != nil),
			cmp.Compare(a.group.first, b.group.first), cmp.Compare(a.step, b.step))
	})
	net := &Network{}
	for i, l := range f.layers {
		l.index = i
		net.Layers = append(net.Layers, f.layerOf(l))
	}
	for n, l := range f.owner {
		if l != nil && f.frames[n] == l.final().frame {
			made := net.Layers[l.final().index]
			made.Nodes = append(made.Nodes, f.nodes[n])
		}
	}
	for i, n := range parameters {
		net.Parameters = append(net.Parameters, f.parameterOf(n, i))
	}
	net.nameLayers(f.layers)
	for _, b := range f.blocks {
		net.Blocks = append(net.Blocks, f.blockOf(b))
	}
	net.nameBlocks()
	for _, g := range f.gates {
		net.Gates = append(net.Gates, &Gate{Node: f.nodes[g.node], Gate: f.nodes[g.gate], Value: f.nodes[g.value], Layer: indexOf(g.layer)})
	}
	net.Attentions = f.joinHeads()
	net.Sequences = f.sequences()
	return net
}

// compareBool sorts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// indexOf is the index of a layer in Network.Layers; -1 for nil.
func indexOf(l *layer) int {
	if l = l.final(); l == nil {
		return -1
	}
	return l.index
}

func (f *finder) layerOf(l *layer) *Layer {
	made := &Layer{
		Depth: l.depth, Step: l.step, Steps: l.frame.steps(), Bias: l.bias, Norm: l.norm, Gain: l.gain, Shift: l.shift,
		Pre: f.nodes[l.pre], UnitAxis: l.preAxis, OnSkip: l.block != nil,
	}
	if l.act >= 0 {
		made.Act, made.Activation, made.Alpha = f.nodes[l.act], l.activation, l.alpha
	}
	for _, p := range l.maps {
		made.Maps = append(made.Maps, f.mapFrom(p, l.group))
	}
	return made
}

func (f *finder) mapFrom(p product, of *group) *Map {
	data := f.source(p.data)
	m := &Map{
		Node: f.nodes[p.node], Data: f.nodes[p.data], Weight: f.nodes[p.weight], Transposed: p.transposed, In: p.inner,
	}
	switch kind := f.specs[p.node].Kind; {
	case kind == op.KindEmbedding:
		m.Kind = Lookup
	case kind == op.KindMul || kind == op.KindLRU:
		m.Kind = Diagonal
	case isConvolution(kind):
		m.Kind = Convolution
	case f.fromPatches(p.data):
		m.Kind, m.Data = Convolution, f.nodes[data]
	}
	for _, n := range f.parametersOf(p.weight) {
		m.Parameters = append(m.Parameters, f.nodes[n])
		m.Shared = m.Shared || f.uses[n].group != of
	}
	return m
}

// fromPatches reports whether a map reads the patches of a convolution.
func (f *finder) fromPatches(n int) bool {
	for f.keepsUnits(n) && f.specs[n].Kind != op.KindScale {
		n = f.reads[n][0]
	}
	return f.specs[n].Kind == op.KindPatches
}

func (f *finder) blockOf(b *block) *Block {
	made := &Block{
		Kind: b.kind, Input: f.nodes[b.input], Skip: f.nodes[b.skip], Branch: f.nodes[b.branch], Sum: f.nodes[b.sum],
		Scale: b.scale, Projection: indexOf(b.projection),
	}
	for _, l := range b.layers {
		made.Layers = append(made.Layers, indexOf(l))
	}
	slices.Sort(made.Layers)
	made.Layers = slices.Compact(made.Layers)
	return made
}

// joinHeads makes one attention of the heads that one layer reads.
func (f *finder) joinHeads() (list []*Attention) {
	byOutput := make(map[int]*Attention)
	for _, h := range f.attentions {
		output := indexOf(h.next)
		a := byOutput[output]
		if a == nil || output < 0 {
			a = &Attention{Output: output}
			byOutput[output] = a
			list = append(list, a)
		}
		a.Heads = append(a.Heads, &Head{Scores: f.nodes[h.scores], Logits: f.nodes[h.logits], Weights: f.nodes[h.weights], Mix: f.nodes[h.mix]})
		a.Query = append(a.Query, indexOf(h.query))
		a.Key = append(a.Key, indexOf(h.key))
		a.Value = append(a.Value, indexOf(h.value))
	}
	return list
}

// sequences lists the groups of several layers, and the layers of several steps.
func (f *finder) sequences() (list []*Sequence) {
	for _, l := range f.layers {
		if l.group.id < 0 && l.frame == nil && !l.fused() && l.linearSteps == 0 || l != l.group.layers[0] {
			continue
		}
		s := &Sequence{Recurrent: l.group.recurrent >= 0 || l.group.carried || l.fused() || l.linearSteps > 0, Fused: l.steps, Cell: l.cell, Reverse: l.reverse}
		s.Stacked = f.isStacked(l.group)
		for _, step := range l.group.layers {
			s.Layers = append(s.Layers, step.index)
			s.Steps += max(1, step.frame.steps(), step.steps, step.linearSteps)
		}
		list = append(list, s)
	}
	f.findFirst(list)
	return list
}

// parameterOf tells how the structure uses a parameter.
func (f *finder) parameterOf(n *gorgonia.Node, i int) *Parameter {
	p := &Parameter{Node: n, Name: nameOfParameter(n, i)}
	at, met := f.at[n]
	if !met {
		return p
	}
	u := f.uses[at]
	p.Units = u.units
	if p.Role = u.role; u.role == NoRole {
		if u.reader >= 0 {
			p.Reader = f.nodes[u.reader]
		}
		return p
	}
	for _, l := range u.layers {
		p.Layers = append(p.Layers, indexOf(l))
	}
	slices.Sort(p.Layers)
	p.Layers = slices.Compact(p.Layers)
	if p.Depth = f.depth[u.at]; len(p.Layers) > 0 {
		p.Depth = f.layers[p.Layers[0]].depth
	}
	return p
}
