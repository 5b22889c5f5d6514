package main

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A network is built from Gorgonia's operations: hidden sigmoid layers and a softmax.
type network struct {
	g          *gorgonia.ExprGraph
	x, y       *gorgonia.Node // pixels, and the true classes as one-hot rows
	loss       *gorgonia.Node
	learnables gorgonia.Nodes
}

func newNetwork(batch, pixels, classes int) (*network, error) {
	g := gorgonia.NewGraph()
	n := &network{
		g: g,
		x: gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(batch, pixels), gorgonia.WithName("x")),
		y: gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(batch, classes), gorgonia.WithName("y")),
	}
	h := n.x
	for i := range depth {
		h = gorgonia.Must(gorgonia.Sigmoid(n.layer(h, width, i+1)))
	}
	probabilities := gorgonia.Must(gorgonia.SoftMax(n.layer(h, classes, depth+1)))
	chosen := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Log(probabilities)), n.y))
	n.loss = gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Sum(chosen, 1))))))
	_, err := gorgonia.Grad(n.loss, n.learnables...)
	return n, err
}

// layer is h·w + b with Xavier initialisation.
func (n *network) layer(h *gorgonia.Node, units, i int) *gorgonia.Node {
	in := h.Shape()[1]
	w := gorgonia.NewMatrix(n.g, tensor.Float64, gorgonia.WithShape(in, units),
		gorgonia.WithName(fmt.Sprintf("layer%d/weight", i)), gorgonia.WithValue(xavier(uint64(i), in, units)))
	b := gorgonia.NewVector(n.g, tensor.Float64, gorgonia.WithShape(units),
		gorgonia.WithName(fmt.Sprintf("layer%d/bias", i)), gorgonia.WithInit(gorgonia.Zeroes()))
	n.learnables = append(n.learnables, w, b)
	return gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(h, w)), b, nil, []byte{0}))
}
