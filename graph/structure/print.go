package structure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/graph/op"
)

// String is a tree: the layers by depth, those of a block or an attention under it. The steps of a sequence are one line.
func (n *Network) String() string {
	p := newPrinter(n)
	p.items(nil, 1)
	p.unreached()
	return p.text.String()
}

// heading writes the number of layers, blocks, gates and attentions. A sequence counts as one layer.
func (p *printer) heading(blocks, attentions int) {
	gates := 0
	for _, words := range p.notes {
		if slices.Contains(words, "gate") {
			gates++
		}
	}
	fmt.Fprintf(&p.text, "network: %s, depth %d", count(p.distinct(), "layer"), p.Depth())
	for _, part := range []struct {
		n    int
		noun string
	}{{blocks, "block"}, {gates, "gate"}, {attentions, "attention"}} {
		if part.n > 0 {
			fmt.Fprintf(&p.text, ", %s", count(part.n, part.noun))
		}
	}
	p.text.WriteString("\n")
}

// distinct is the number of layers, with a sequence for one.
func (p *printer) distinct() (n int) {
	for i, first := range p.step {
		if i == first {
			n++
		}
	}
	return n
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// items writes the contents of a box, or of no box, in the order of their first layers.
func (p *printer) items(in *box, indent int) {
	list := p.inside[in]
	slices.SortStableFunc(list, func(a, b item) int { return a.layer - b.layer })
	margin := strings.Repeat("  ", indent)
	for _, it := range list {
		if it.box == nil {
			fmt.Fprintf(&p.text, "%s%s\n", margin, p.line(it.layer))
			continue
		}
		fmt.Fprintf(&p.text, "%s%s\n", margin, it.box.title)
		p.items(it.box, indent+1)
	}
}

// line describes a layer; a sequence by its last step, because the first may leave out the state or learn it.
func (p *printer) line(at int) string {
	l := p.Layers[at]
	if s := p.over[at]; s != nil {
		l = p.Layers[s.Layers[len(s.Layers)-1]]
	}
	words := []string{fmt.Sprintf("%d %s: %s", l.Depth, l.Path, maps(l))}
	if l.OnSkip {
		words = append(words, "projection")
	}
	if len(l.Bias) > 0 {
		words = append(words, "bias")
	}
	if l.Norm != NoNorm {
		words = append(words, l.Norm.String())
	}
	if l.Act != nil {
		words = append(words, activationName(l))
	}
	words = append(words, p.notes[at]...)
	if s := p.over[at]; s != nil {
		over := fmt.Sprintf("over %d steps", len(s.Layers))
		if s.Recurrent {
			over = "recurrent " + over
		}
		words = append(words, over)
	}
	if slices.ContainsFunc(l.Maps, func(m *Map) bool { return m.Shared }) {
		words = append(words, "shared weight")
	}
	return strings.Join(words, ", ")
}

// maps tells the sizes of a layer, and what kinds of maps it has unless they are dense.
func maps(l *Layer) string {
	parts := make([]string, len(l.Maps))
	for i, m := range l.Maps {
		switch m.Kind {
		case Lookup, Diagonal:
			parts[i] = m.Kind.String()
		case Convolution:
			parts[i] = fmt.Sprintf("convolution %d", m.In)
		case Dense:
			parts[i] = fmt.Sprint(m.In)
		}
	}
	return fmt.Sprintf("%s -> %d", strings.Join(parts, " + "), l.Out())
}

func activationName(l *Layer) string {
	if l.Activation == op.LeakyReLU || l.Activation == op.ELU {
		return fmt.Sprintf("%v(%g)", l.Activation, l.Alpha)
	}
	return l.Activation.String()
}

// unreached lists the parameters that the structure does not use.
func (p *printer) unreached() {
	list := p.Network.Unreached()
	if len(list) == 0 {
		return
	}
	p.text.WriteString("unreached:\n")
	for _, u := range list {
		fmt.Fprintf(&p.text, "  %s %v: ", u.Name, u.Node.Shape())
		if u.Reader == nil {
			p.text.WriteString("no operation combines it with samples\n")
			continue
		}
		fmt.Fprintf(&p.text, "read by %v, an operation that is not known\n", u.Reader.Op())
	}
}
