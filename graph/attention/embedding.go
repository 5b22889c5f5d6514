package attention

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// An Embedding looks up a row of a table for each number of an input of int: (batch, time) gives (batch, time, Width). The table is the
// parameter "weight" (Rows, Width), as in PyTorch's nn.Embedding.
type Embedding struct {
	Rows  int                     // numbers are 0 to Rows-1; another is an error when the program runs
	Width int                     // of a row
	Init  initializer.Initializer // of the table; nil means N(0, 1), as in PyTorch
}

// Apply draws table and lookup.
func (e Embedding) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("embedding")
	return e.Lookup(b, e.Table(b), x)
}

// Table declares the table in a scope, without a lookup: for networks that use it twice, as [Tied] does.
func (e Embedding) Table(b *graph.Builder) *gorgonia.Node {
	if e.Rows <= 0 || e.Width <= 0 {
		return b.Failf("got an Embedding of %d rows of width %d, want positive numbers", e.Rows, e.Width)
	}
	init := e.Init
	if init == nil {
		init = initializer.Normal{Std: 1}
	}
	fan := initializer.Fan{In: 1, Out: e.Width} // one row makes a vector
	return b.Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: init}, e.Rows, e.Width)
}

// Lookup draws the rows of a table for an input of int.
func (Embedding) Lookup(b *graph.Builder, table, x *gorgonia.Node) *gorgonia.Node {
	if x.Dtype() != tensor.Int {
		return b.Failf("got input of type %v, want int (give the numbers in a column of the dataset, before all others)", x.Dtype())
	}
	return b.Check(op.Embedding(table, x))
}

// Tied draws logits x·tableᵀ of sequences x (batch, time, width), with the table of an [Embedding] as the weight (Press & Wolf 2017).
// In [graph.MuP] they are divided by the growth of the width.
func Tied(b *graph.Builder, x, table *gorgonia.Node) *gorgonia.Node {
	checkSequences(b, x)
	if growth := b.Growth("tied", x.Shape()[2]); growth != 1 {
		x = b.Check(op.Scale(x, 1/growth))
	}
	return Logits(b, x, table)
}

// Logits draws logits x·weightᵀ of sequences x (batch, time, width), with a weight (classes, width).
func Logits(b *graph.Builder, x, weight *gorgonia.Node) *gorgonia.Node {
	checkSequences(b, x)
	return sequences(b, b.Check(op.MatMul(rowsOf(b, x), weight, false, true)), x)
}

var _ graph.Layer = Embedding{}
