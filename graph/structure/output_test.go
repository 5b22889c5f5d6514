package structure_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
)

// A layer ends at an output. Without it the arithmetic of a loss cannot be told from that of the network.
func TestLayersEndAtOutputs(t *testing.T) {
	s := newSketch()
	x, direction := s.input("x", 4, 3), s.input("direction", 4, 2)
	z := s.mul(x, "w", 2)
	product := gorgonia.Must(gorgonia.HadamardProd(z, direction))
	loss := gorgonia.Must(gorgonia.Sum(product))
	for _, c := range []struct {
		outputs []*gorgonia.Node
		want    *gorgonia.Node
	}{{[]*gorgonia.Node{loss, z}, z}, {[]*gorgonia.Node{loss}, product}} {
		net := find(t, s.g, structure.Config{Outputs: c.outputs, Parameters: s.parameters, Inputs: []*gorgonia.Node{x}})
		if len(net.Layers) != 1 || net.Layers[0].Pre != c.want {
			t.Errorf("%d outputs: the layer ends in %v, want %v", len(c.outputs), net.Layers[0].Pre, c.want)
		}
	}
}
