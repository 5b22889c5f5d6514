package graph

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Summary lists the layers with their output shapes, parameters and, for each sample, multiply-adds of the forward pass, and the totals,
// as text with aligned columns. A row is a layer that holds parameters. A multiply-add of a linear map is two floating-point
// operations; other operations, and the backward pass, about twice as much work, are not counted.
func (p *Program) Summary() string {
	var table, text strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "layer\toutput\tparameters\tmultiply-adds\n")
	for _, in := range p.Inputs {
		fmt.Fprintf(w, "%s\t%v\t\n", in.Name, in.Node.Shape())
	}
	products, total := p.multiplyAdds()
	for _, row := range p.summaryRows() {
		fmt.Fprintf(w, "%s\t%s\t%10d", row.layer, row.output, row.size)
		if n := products[row.layer]; n > 0 {
			fmt.Fprintf(w, "\t%13d", n)
		}
		fmt.Fprintln(w)
	}
	for _, out := range p.Outputs {
		fmt.Fprintf(w, "%s\t%v\t\n", out.Name, out.Node.Shape())
	}
	w.Flush()
	for line := range strings.Lines(table.String()) {
		text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	trainable, fixed := 0, 0
	for _, weight := range p.Weights {
		if weight.Trainable() {
			trainable += weight.Size()
		} else {
			fixed += weight.Size()
		}
	}
	fmt.Fprintf(&text, "%d parameters to train, %d running statistics, %v\n", trainable, fixed, p.Params.Dtype())
	fmt.Fprintf(&text, "%d multiply-adds for each sample, of 2 FLOP each\n", total)
	return text.String()
}

// multiplyAdds counts those of linear maps in the forward pass for each sample, by the layer that drew them, and all of them.
func (p *Program) multiplyAdds() (products map[string]int, total int) {
	products = make(map[string]int)
	for n, path := range p.paths {
		o, ours := n.Op().(*op.Op)
		if !ours {
			continue
		}
		if kind := o.Spec().Kind; !kind.IsProduct() || kind == op.KindEmbedding { // which looks rows up
			continue
		}
		var shapes []tensor.Shape
		for _, operand := range op.Operands(n) {
			shapes = append(shapes, operand.Shape())
		}
		work := o.Work(shapes) / p.Input.Shape()[0]
		products[path] += work
		total += work
	}
	return products, total
}

type summaryRow struct {
	layer, output string
	size          int
}

// summaryRows gathers the parameters of each layer. A number that is added after a linear map and a gain belongs to the map's layer.
func (p *Program) summaryRows() []summaryRow {
	var rows []summaryRow
	at := make(map[string]int)
	for _, w := range p.Weights {
		i, has := at[w.Layer]
		if !has {
			i = len(rows)
			at[w.Layer] = i
			rows = append(rows, summaryRow{layer: w.Layer, output: p.outputShape(w.Layer)})
		}
		rows[i].size += w.Size()
	}
	return rows
}

// outputShape is the shape of the last node a layer drew.
func (p *Program) outputShape(layer string) string {
	shape := ""
	for _, n := range p.Graph.AllNodes() {
		if path, ok := p.paths[n]; ok && path == layer && n.Op() != nil && n.Dims() > 1 {
			shape = fmt.Sprint(n.Shape())
		}
	}
	return shape
}
