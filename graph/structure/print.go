package structure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/lang"
)

// String is a tree: the layers by depth, those of a block or an attention under it. The steps of a sequence are one line.
func (n *Network) String() string { return n.In(lang.English) }

// In is [Network.String] in another language.
func (n *Network) In(language lang.Language) string {
	p := newPrinter(n, language)
	p.items(nil, 1)
	p.unreached()
	return p.text.String()
}

// heading writes the number of layers, blocks, gates and attentions. A sequence counts as one layer.
func (p *printer) heading(blocks, attentions int) {
	gates := 0
	for _, words := range p.notes {
		if slices.Contains(words, gateNote) {
			gates++
		}
	}
	parts := []string{p.say.Count(p.distinct(), "layer"), p.say.Sprintf("depth %d", p.Depth())}
	if blocks > 0 {
		parts = append(parts, p.say.Count(blocks, "block"))
	}
	if gates > 0 {
		parts = append(parts, p.say.Count(gates, "gate"))
	}
	if attentions > 0 {
		parts = append(parts, p.say.Count(attentions, "attention"))
	}
	p.say.Fprintf(&p.text, "network: %s\n", strings.Join(parts, p.say.Text(", ")))
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
	words := []string{p.say.Sprintf("%d %s: %s", l.Depth, l.Path, p.maps(l))}
	if l.OnSkip {
		words = append(words, p.say.Text("projection"))
	}
	if len(l.Bias) > 0 {
		words = append(words, p.say.Text("bias"))
	}
	if l.Norm != NoNorm {
		words = append(words, l.Norm.String())
	}
	if l.Act != nil {
		words = append(words, activationName(l))
	}
	for _, note := range p.notes[at] {
		words = append(words, p.say.Text(note))
	}
	switch s := p.over[at]; {
	case s == nil:
	case s.Recurrent:
		words = append(words, p.recurrence(s)...)
	default:
		words = append(words, p.say.Sprintf("over %d steps", s.Steps))
	}
	if slices.ContainsFunc(l.Maps, func(m *Map) bool { return m.Shared }) {
		words = append(words, p.say.Text("shared weight"))
	}
	return strings.Join(words, p.say.Text(", "))
}

// recurrence tells the steps of a sequence, and the cell of one that one operation computes, unless the activation tells it.
func (p *printer) recurrence(s *Sequence) (words []string) {
	if s.Fused > 0 && (s.Cell == op.LSTM || s.Cell == op.GRU) {
		words = append(words, s.Cell.String())
	}
	return append(words, p.say.Sprintf("recurrent over %d steps", s.Steps))
}

// maps tells the sizes of a layer, and what kinds of maps it has unless they are dense.
func (p *printer) maps(l *Layer) string {
	parts := make([]string, len(l.Maps))
	for i, m := range l.Maps {
		switch m.Kind {
		case Lookup, Diagonal:
			parts[i] = p.say.Text(m.Kind.String())
		case Convolution:
			parts[i] = p.say.Sprintf("convolution %d", m.In)
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
	p.text.WriteString(p.say.Text("unreached:") + "\n")
	for _, u := range list {
		name := fmt.Sprintf("%s %v", u.Name, u.Node.Shape())
		switch {
		case u.Reader == nil:
			p.say.Fprintf(&p.text, "  %s: no operation combines it with samples\n", name)
		case op.SpecOf(u.Reader).Kind == op.KindUnknown:
			p.say.Fprintf(&p.text, "  %s: read by %v, an operation that is not known\n", name, u.Reader.Op())
		default:
			p.say.Fprintf(&p.text, "  %s: read by %v, which makes no layer that is known\n", name, op.SpecOf(u.Reader).Kind)
		}
	}
}
