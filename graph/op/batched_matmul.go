package op

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BatchedMatMul is [MatMul] of corresponding matrices of two stacks: a (..., m, k) and b (..., k, n) give (..., m, n). The other
// axes of a and b must be the same.
func BatchedMatMul(a, b *gorgonia.Node, transA, transB bool) (*gorgonia.Node, error) {
	o := &Op{
		name:  fmt.Sprintf("batched_matmul(transA=%v, transB=%v)", transA, transB),
		spec:  Spec{Kind: KindMatMul, TransA: transA, TransB: transB},
		types: repeat(max(3, dimsOf(a)), 2),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			return batchedShape(in[0], in[1], transA, transB)
		},
		kernel: kernels{batchedMatMul[float32](transA, transB), batchedMatMul[float64](transA, transB)},
		work: func(in []tensor.Shape) int {
			_, a := splitShape(in[0])
			count, b := splitShape(in[1])
			return count.TotalSize() * productWork(a, b, transB)
		},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return matrixProduct(BatchedMatMul).gradients(in[0], in[1], dy, transA, transB)
		},
	}
	return o.apply(a, b)
}

// splitShape splits the shape of a stack of matrices into the axes of the stack and those of a matrix.
func splitShape(s tensor.Shape) (stack, matrix tensor.Shape) { return s[:len(s)-2], s[len(s)-2:] }

func batchedShape(a, b tensor.Shape, transA, transB bool) (tensor.Shape, error) {
	stackA, matrixA := splitShape(a)
	stackB, matrixB := splitShape(b)
	if !slices.Equal(stackA, stackB) {
		return nil, errors.Errorf("cannot multiply %v by %v: got stacks of shape %v and %v, want the same", a, b, stackA, stackB)
	}
	out, err := matMulShape(matrixA, matrixB, transA, transB)
	return append(stackA.Clone(), out...), err
}

func batchedMatMul[T Float](transA, transB bool) func(*call[T]) error {
	return func(c *call[T]) error {
		_, a := splitShape(c.shapes[0])
		_, b := splitShape(c.shapes[1])
		_, y := splitShape(c.shape)
		sizeA, sizeB, sizeY := a.TotalSize(), b.TotalSize(), y.TotalSize()
		for i := range len(c.out) / sizeY {
			multiply(c.flushed, row(c.out, i, sizeY), row(c.in[0], i, sizeA), row(c.in[1], i, sizeB), y, a, b, transA, transB)
		}
		return nil
	}
}
