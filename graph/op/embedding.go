package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Embedding looks up rows of a table (rows, width): for labels of tensor.Int of any shape s it gives (s, width), where the
// row of label i is row i of the table. A label that is no row is an error when it is computed.
//
// Its gradient: each row of dy, added to the row of the table it came from.
func Embedding(table, labels *gorgonia.Node) (*gorgonia.Node, error) {
	dims := dimsOf(labels)
	o := &Op{
		name:  "embedding",
		spec:  Spec{Kind: KindEmbedding},
		types: []hm.Type{tensorOf(2), labelsOf(dims), tensorOf(dims + 1)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			return append(in[1].Clone(), in[0][1]), nil
		},
		kernel: kernels{embedding[float32], embedding[float64]},
		wrt:    []bool{true, false},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			shape := in[0].Shape().Clone()
			o := &Op{
				name:  fmt.Sprintf("embedding_backward(rows=%d)", shape[0]),
				spec:  Spec{Kind: KindGradient},
				types: []hm.Type{tensorOf(dims + 1), labelsOf(dims), tensorOf(2)},
				shape: func(in []tensor.Shape) (tensor.Shape, error) {
					if want := append(in[1].Clone(), shape[1]); !slices.Equal(in[0], want) {
						return nil, errors.Errorf("input 0: got shape %v, want %v", in[0], want)
					}
					return shape.Clone(), nil
				},
				kernel: kernels{embeddingBackward[float32], embeddingBackward[float64]},
			}
			dtable, err := o.apply(dy, in[1])
			return gorgonia.Nodes{dtable, nil}, err
		},
	}
	if dims == 0 {
		return nil, errors.New("embedding: got labels that are nil or a scalar, want a tensor of int")
	}
	return o.apply(table, labels)
}

// labelsOf is the type of a tensor of class labels.
func labelsOf(dims int) hm.Type { return gorgonia.TensorType{Dims: dims, Of: tensor.Int} }

func embedding[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i, label := range c.labels {
		if err := checkRow(i, label, rows); err != nil {
			return err
		}
		copy(row(c.out, i, cols), row(c.in[0], label, cols))
	}
	return nil
}

func embeddingBackward[T Float](c *call[T]) error {
	for i, label := range c.labels {
		if err := checkRow(i, label, c.shape[0]); err != nil {
			return err
		}
	}
	clear(c.out)
	_, cols := c.rows(0)
	kernel.AddToRows(c.flushed, c.out, c.in[0], c.labels, cols)
	return nil
}

// checkRow returns an error for a label that is no row of the table.
func checkRow(i, label, rows int) error {
	if label < 0 || label >= rows {
		return errors.Errorf("label %d: got %d, want 0 to %d for a table of %d rows", i, label, rows-1, rows)
	}
	return nil
}
