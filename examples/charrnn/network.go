package main

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A network is an Elman network of Gorgonia's operations, unrolled over the window: h' = tanh(x·wx + h·wh + b). The last state gives the
// probabilities of the next character.
type network struct {
	g          *gorgonia.ExprGraph
	x          gorgonia.Nodes // the characters at each step, as one-hot rows
	y          *gorgonia.Node // the next one
	loss       *gorgonia.Node
	learnables gorgonia.Nodes
}

func newNetwork(characters int) (*network, error) {
	n := &network{g: gorgonia.NewGraph()}
	wx, wh, b := n.matrix("wx", characters, units), n.matrix("wh", units, units), n.vector("b", units)
	wy, by := n.matrix("wy", units, characters), n.vector("by", characters)
	h := gorgonia.NewMatrix(n.g, tensor.Float64, gorgonia.WithShape(batch, units), gorgonia.WithName("h0"), gorgonia.WithInit(gorgonia.Zeroes()))
	for t := range window {
		x := n.rows(fmt.Sprintf("x%d", t), characters)
		n.x = append(n.x, x)
		sum := gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(x, wx)), gorgonia.Must(gorgonia.Mul(h, wh))))
		h = gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.BroadcastAdd(sum, b, nil, []byte{0}))))
	}
	logits := gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(h, wy)), by, nil, []byte{0}))
	n.y = n.rows("y", characters)
	chosen := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Log(gorgonia.Must(gorgonia.SoftMax(logits)))), n.y))
	n.loss = gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Sum(chosen, 1))))))
	_, err := gorgonia.Grad(n.loss, n.learnables...)
	return n, err
}

func (n *network) rows(name string, characters int) *gorgonia.Node {
	return gorgonia.NewMatrix(n.g, tensor.Float64, gorgonia.WithShape(batch, characters), gorgonia.WithName(name))
}

// matrix is a learnable of N(0, 0.08²), as in Gorgonia's example of the same name. The seed makes it the same in each run.
func (n *network) matrix(name string, in, out int) *gorgonia.Node {
	rng := rand.New(rand.NewPCG(uint64(len(n.learnables)), 1))
	values := make([]float64, in*out)
	for i := range values {
		values[i] = 0.08 * rng.NormFloat64()
	}
	w := gorgonia.NewMatrix(n.g, tensor.Float64, gorgonia.WithShape(in, out), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(in, out), tensor.WithBacking(values))))
	n.learnables = append(n.learnables, w)
	return w
}

// vector is a learnable of zeros.
func (n *network) vector(name string, size int) *gorgonia.Node {
	b := gorgonia.NewVector(n.g, tensor.Float64, gorgonia.WithShape(size), gorgonia.WithName(name), gorgonia.WithInit(gorgonia.Zeroes()))
	n.learnables = append(n.learnables, b)
	return b
}

// feed gives the network the windows of the text that begin at a place and at the ones after it.
func (n *network) feed(t text, from int) error {
	for step, x := range append(n.x[:window:window], n.y) {
		rows := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(batch, len(t.characters)))
		for i := range batch {
			rows.Float64s()[i*len(t.characters)+t.at(from+i+step)] = 1
		}
		if err := gorgonia.Let(x, rows); err != nil {
			return err
		}
	}
	return nil
}
