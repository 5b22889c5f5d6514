package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// arrange marks the path from input to output, sorts the layers and gives them their names.
func (a *adoption) arrange() {
	a.layers = slices.DeleteFunc(a.layers, func(l *adopted) bool { return l.into != nil })
	for l := a.deepest[a.loss].final(); l != nil; l = l.below.final() {
		l.path = true
	}
	for _, l := range a.layers {
		l.Depth, l.OnSkip = l.level, !l.path
	}
	for _, b := range a.blocks {
		if b.skip != nil && !b.skip.path {
			b.skip.Depth = a.deepest[b.Branch].final().level // that of the layer it meets
		}
	}
	slices.SortStableFunc(a.layers, func(x, y *adopted) int {
		if x.Depth != y.Depth {
			return cmp.Compare(x.Depth, y.Depth)
		}
		return cmp.Compare(y.onPath(), x.onPath())
	})
	a.nameLayers()
	a.placeBlocks()
}

// nameLayers names each layer by its weight.
func (a *adoption) nameLayers() {
	taken := newNames()
	for _, l := range a.layers {
		weight := a.learnablesOf(l.weight)[0]
		l.Path = taken.next(layerOf(nameOfNode(weight, slices.Index(a.learnables, weight))))
	}
}

// placeBlocks tells which layers a block has in its branch.
func (a *adoption) placeBlocks() {
	taken, place := newNames(), make(map[*adopted]int)
	for at, l := range a.layers {
		place[l] = at
	}
	for i, b := range a.blocks {
		b.First, b.Last = len(a.layers), -1
		for _, l := range b.layers {
			at := place[l.final()]
			b.First, b.Last = min(b.First, at), max(b.Last, at)
		}
		b.Path = taken.next(a.blockName(b, i))
	}
}

// blockName is what the paths of the block's layers begin with, up to a slash; or its number.
func (a *adoption) blockName(b *adoptedBlock, i int) string {
	number, name := fmt.Sprintf("block%d", i+1), ""
	for at := b.First; at <= b.Last; at++ {
		slash := strings.LastIndex(a.layers[at].Path, "/")
		if slash < 0 {
			return number
		}
		if folder := a.layers[at].Path[:slash]; name == "" || name == folder {
			name = folder
		} else {
			return number
		}
	}
	if name == "" {
		return number
	}
	return name
}

func (a *adoption) blockTraces() []*BlockTrace {
	list := make([]*BlockTrace, len(a.blocks))
	for i, b := range a.blocks {
		list[i] = &b.BlockTrace
	}
	return list
}
