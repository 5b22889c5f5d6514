package scale

import (
	"regexp"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph/structure"
)

// A place is a layer of one network.
type place struct {
	Layer
	in, out int // products that are summed in a unit, and units
}

// firstNumber is what the names of the blocks of a network differ in.
var firstNumber = regexp.MustCompile("[0-9]+")

// placesOf lists the layers of a network. With several depths the layers between the first and the last are known by a common name.
func placesOf(n *structure.Network, depth bool) []*place {
	branch := make(map[int]bool)
	for _, b := range n.Blocks {
		for _, i := range b.Layers {
			branch[i] = true
		}
	}
	var list []*place
	for i, l := range n.Layers {
		p := &place{Layer: Layer{Name: l.Path, Class: Hidden, Branch: branch[i]}, in: max(1, l.In()), out: l.Out()}
		switch {
		case !depth:
		case l.Depth == 1:
			p.Class = Input
		case l.Depth == n.Depth():
			p.Name, p.Class = "output", Output
		default:
			first := firstNumber.FindStringIndex(l.Path)
			if first != nil {
				p.Name = l.Path[:first[0]] + "*" + l.Path[first[1]:]
			}
		}
		list = append(list, p)
	}
	return list
}

// layersOf lists the layers that all networks have, with their classes.
func layersOf(measured [][]*probe, depth bool) ([]Layer, error) {
	small, large := measured[0][0], measured[len(measured)-1][0]
	var list []Layer
	known := make(map[string]bool)
	for _, p := range small.places {
		if known[p.Name] {
			continue
		}
		known[p.Name] = true
		l := p.Layer
		q := large.find(p.Name)
		if q == nil {
			return nil, errors.Errorf("scale: layer %s is in the first network only, want networks of the same layers", p.Name)
		}
		if !depth {
			l.Class = map[[2]bool]Class{{false, true}: Input, {true, true}: Hidden, {true, false}: Output, {false, false}: Fixed}[[2]bool{q.in != p.in, q.out != p.out}]
		}
		list = append(list, l)
	}
	if small.last != nil {
		list = append(list, Layer{Name: stream, Class: Stream})
	}
	return list, nil
}

// find is the place of a name; nil if there is none.
func (m *probe) find(name string) *place {
	for _, p := range m.places {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// fit makes the curves of a layer: of each quantity, step by step.
func (l *Layer) fit(measured [][]*probe, sizes []int, steps int) {
	for q := Activation; q <= Change; q++ {
		for step := range steps + 1 {
			if !measured[0][0].has(l.Name, q, step) {
				continue
			}
			c := Curve{Quantity: q, Step: step, Values: make([][]float64, len(sizes))}
			for i, networks := range measured {
				for _, m := range networks {
					c.Values[i] = append(c.Values[i], m.value(l.Name, q, step))
				}
			}
			c.Fit = fitPower(sizes, c.Values)
			l.Curves = append(l.Curves, c)
		}
	}
}

// has tells whether a quantity was measured.
func (m *probe) has(layer string, q Quantity, step int) bool {
	if q == Gain {
		q = Carried
	}
	return m.sizes[key{layer, q, step}].n > 0
}

// value is the size of a quantity.
func (m *probe) value(layer string, q Quantity, step int) float64 {
	if q == Gain {
		return m.sizes.rms(key{layer, Carried, step}) / m.sizes.rms(key{layer, Arriving, step})
	}
	return m.sizes.rms(key{layer, q, step})
}

// Curve is the curve of a quantity after some steps; nil if it was not measured.
func (l Layer) Curve(q Quantity, step int) *Curve {
	for i := range l.Curves {
		if c := &l.Curves[i]; c.Quantity == q && c.Step == step {
			return c
		}
	}
	return nil
}
