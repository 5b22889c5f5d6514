package structure

import (
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/lang"
)

// A printer writes a network.
type printer struct {
	*Network
	say    lang.Language
	text   strings.Builder
	step   []int       // for each layer the first step of its sequence, or itself
	over   []*Sequence // for each layer its sequence; nil if it is in none
	boxes  []*box
	inside map[*box][]item  // contents of a box; those of nil are in no box
	notes  map[int][]string // on layers
}

// A box is a block or an attention with its layers, which are first steps.
type box struct {
	title  string
	layers []int
}

// An item is a layer, or a box by its first layer.
type item struct {
	layer int
	box   *box // nil of a layer
}

func newPrinter(n *Network, say lang.Language) *printer {
	p := &printer{Network: n, say: say, step: make([]int, len(n.Layers)), over: make([]*Sequence, len(n.Layers)), inside: make(map[*box][]item), notes: make(map[int][]string)}
	for i := range n.Layers {
		p.step[i] = i
	}
	for _, s := range n.Sequences {
		for _, at := range s.Layers {
			p.step[at], p.over[at] = s.Layers[0], s
		}
	}
	for _, b := range n.Blocks {
		p.add(p.blockTitle(b), append([]int{b.Projection, n.gateOf(b.Skip)}, b.Layers...))
	}
	blocks := len(p.boxes)
	for _, a := range n.Attentions {
		p.addAttention(a)
	}
	for _, g := range n.Gates {
		p.note(g.Layer, gateNote)
	}
	p.nest()
	p.heading(blocks, len(p.boxes)-blocks)
	return p
}

// gateOf is the layer of the gate whose product a node is; -1 if it is not the product of a gate.
func (n *Network) gateOf(node *gorgonia.Node) int {
	for _, g := range n.Gates {
		if g.Node == node {
			return g.Layer
		}
	}
	return -1
}

// gateNote marks the layer of a gate.
var gateNote = lang.Key("gate")

func (p *printer) blockTitle(b *Block) string {
	kind := p.say.Text(b.Kind.String())
	if b.Scale != 1 {
		return p.say.Sprintf("%s: %s, branch times %.4g", b.Path, kind, b.Scale)
	}
	return p.say.Sprintf("%s: %s", b.Path, kind)
}

func (p *printer) addAttention(a *Attention) {
	layers := []int{a.Output}
	for _, part := range []struct {
		name   string
		layers []int
	}{
		{lang.Key("query"), a.Query}, {lang.Key("key"), a.Key}, {lang.Key("value"), a.Value}, {lang.Key("output"), []int{a.Output}},
	} {
		layers = append(layers, part.layers...)
		for _, at := range part.layers {
			p.note(at, part.name)
		}
	}
	title := p.say.Text("attention")
	if heads := len(a.Heads); heads > 1 {
		title = p.say.Sprintf("attention of %d heads", heads)
	}
	p.add(title, layers)
}

// note adds a word to the line of a layer, once.
func (p *printer) note(layer int, word string) {
	if layer >= 0 && !slices.Contains(p.notes[p.step[layer]], word) {
		p.notes[p.step[layer]] = append(p.notes[p.step[layer]], word)
	}
}

// add adds a box, unless an earlier step of a sequence has added an equal one. Layers that were not found are -1.
func (p *printer) add(title string, layers []int) {
	b := &box{title: title}
	for _, at := range layers {
		if at >= 0 {
			b.layers = append(b.layers, p.step[at])
		}
	}
	slices.Sort(b.layers)
	b.layers = slices.Compact(b.layers)
	for _, other := range p.boxes {
		if slices.Equal(other.layers, b.layers) && p.inSequence(b) {
			return
		}
	}
	p.boxes = append(p.boxes, b)
}

func (p *printer) inSequence(b *box) bool {
	return slices.ContainsFunc(b.layers, func(at int) bool { return p.over[at] != nil })
}

// nest puts each layer and each box into the smallest box around it.
func (p *printer) nest() {
	for i, first := range p.step {
		if i == first {
			around := p.smallest([]int{i}, func(int) bool { return true })
			p.inside[around] = append(p.inside[around], item{layer: i})
		}
	}
	for i, b := range p.boxes {
		// Of boxes with the same layers the earlier one is around the later one.
		around := p.smallest(b.layers, func(k int) bool { return k < i || k > i && len(p.boxes[k].layers) > len(b.layers) })
		p.inside[around] = append(p.inside[around], item{b.layers[0], b})
	}
}

// smallest is the smallest box with all of the layers, of those that are allowed; of equals the last.
func (p *printer) smallest(layers []int, allowed func(int) bool) (smallest *box) {
	for k, b := range p.boxes {
		if containsAll(b.layers, layers) && allowed(k) && (smallest == nil || len(b.layers) <= len(smallest.layers)) {
			smallest = b
		}
	}
	return smallest
}

// containsAll reports whether a sorted list has all elements of another.
func containsAll(list, of []int) bool {
	if len(of) > len(list) || len(of) > 0 && (of[0] < list[0] || of[len(of)-1] > list[len(list)-1]) {
		return false
	}
	for _, v := range of {
		if _, found := slices.BinarySearch(list, v); !found {
			return false
		}
	}
	return true
}
