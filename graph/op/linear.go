package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Linear is the fully connected map z = x·w + b of a batch of rows: x (batch, in), w (in, out), b (out) or nil for
// none, z (batch, out).
//
// Its gradient: dx = dz·wᵀ, dw = xᵀ·dz, db = the sum of the rows of dz.
func Linear(x, w, b *gorgonia.Node) (*gorgonia.Node, error) {
	if b == nil {
		return MatMul(x, w, false, false)
	}
	o := &Op{
		name:  "linear",
		spec:  Spec{Kind: KindLinear},
		types: []hm.Type{tensorOf(2), tensorOf(2), tensorOf(1), tensorOf(2)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			out, err := matMulShape(in[0], in[1], false, false)
			if err == nil && in[2][0] != out[1] {
				err = errors.Errorf("bias: got %d elements, want %d, one for each column of w %v", in[2][0], out[1], in[1])
			}
			return out, err
		},
		kernel:  kernels{linear[float32](nil), linear[float64](nil)},
		finally: func(f finish) kernels { return kernels{linear(f.f32), linear(f.f64)} },
		work:    func(in []tensor.Shape) int { return productWork(in[0], in[1], false) },
		grad: func(in gorgonia.Nodes, _, dz *gorgonia.Node) (gorgonia.Nodes, error) {
			grads, err := matrixProduct(MatMul).gradients(in[0], in[1], dz, false, false)
			if err != nil {
				return nil, err
			}
			db, err := SumRows(dz)
			return append(grads, db), err
		},
	}
	return o.apply(x, w, b)
}

// linear computes z = x·w + b, or x·w without a third input, and applies finish to z unless finish is nil.
func linear[T Float](finish func(flushed *kernel.Flushed, dst, x []T)) func(*call[T]) error {
	return func(c *call[T]) error {
		batch, in := c.rows(0)
		_, out := c.rows(1)
		var bias []T
		if len(c.in) > 2 {
			bias = c.in[2]
		}
		kernel.Linear(c.flushed, batch, in, out, c.in[0], c.in[1], bias, finish, c.out)
		return nil
	}
}

// MatMul is the product a·b of two matrices, either of them transposed first if asked.
//
// Its gradient, if neither is: da = dy·bᵀ, db = aᵀ·dy.
func MatMul(a, b *gorgonia.Node, transA, transB bool) (*gorgonia.Node, error) {
	o := &Op{
		name:  fmt.Sprintf("matmul(transA=%v, transB=%v)", transA, transB),
		spec:  Spec{Kind: KindMatMul, TransA: transA, TransB: transB},
		types: repeat(2, 2),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			return matMulShape(in[0], in[1], transA, transB)
		},
		kernel: kernels{matMul[float32](transA, transB), matMul[float64](transA, transB)},
		work:   func(in []tensor.Shape) int { return productWork(in[0], in[1], transB) },
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return matrixProduct(MatMul).gradients(in[0], in[1], dy, transA, transB)
		},
	}
	if !transA && !transB {
		o.finally = func(f finish) kernels { return kernels{linear(f.f32), linear(f.f64)} }
	}
	return o.apply(a, b)
}

// A matrixProduct is MatMul or BatchedMatMul.
type matrixProduct func(a, b *gorgonia.Node, transA, transB bool) (*gorgonia.Node, error)

// gradients gives the gradients of y = op(a)·op(b): d op(a) = dy·op(b)ᵀ and d op(b) = op(a)ᵀ·dy, transposed back where op
// transposes.
func (p matrixProduct) gradients(a, b, dy *gorgonia.Node, transA, transB bool) (gorgonia.Nodes, error) {
	da, err := p.transposed(transA, dy, b, false, !transB)
	if err != nil {
		return nil, err
	}
	db, err := p.transposed(transB, a, dy, !transA, false)
	return gorgonia.Nodes{da, db}, err
}

// transposed is op(a)·op(b), or its transpose op(b)ᵀ·op(a)ᵀ.
func (p matrixProduct) transposed(transpose bool, a, b *gorgonia.Node, transA, transB bool) (*gorgonia.Node, error) {
	if transpose {
		return p(b, a, !transB, !transA)
	}
	return p(a, b, transA, transB)
}

// productWork is the number of multiplications in a product of matrices.
func productWork(a, b tensor.Shape, transB bool) int {
	if transB {
		return a.TotalSize() * b[0]
	}
	return a.TotalSize() * b[1]
}

func matMulShape(a, b tensor.Shape, transA, transB bool) (tensor.Shape, error) {
	m, k := a[0], a[1]
	if transA {
		m, k = k, m
	}
	kb, n := b[0], b[1]
	if transB {
		kb, n = n, kb
	}
	if k != kb {
		return nil, errors.Errorf("cannot multiply %v by %v: got inner sizes %d and %d, want the same", a, b, k, kb)
	}
	return tensor.Shape{m, n}, nil
}

func matMul[T Float](transA, transB bool) func(*call[T]) error {
	return func(c *call[T]) error {
		multiply(c.flushed, c.out, c.in[0], c.in[1], c.shape, c.shapes[0], c.shapes[1], transA, transB)
		return nil
	}
}

// multiply computes y = op(a)·op(b) of matrices of these shapes.
func multiply[T Float](flushed *kernel.Flushed, y, a, b []T, shapeY, shapeA, shapeB tensor.Shape, transA, transB bool) {
	k := shapeA[1]
	if transA {
		k = shapeA[0]
	}
	n := shapeY[1]
	kernel.Gemm(flushed, transA, transB, shapeY[0], n, k, 1, a, shapeA[1], b, shapeB[1], 0, y, n)
}

// SumRows adds the rows of x, all axes but the last: (..., cols) to (cols). It occurs in gradients only, and has no gradient.
func SumRows(x *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:   "sum_rows",
		spec:   Spec{Kind: KindGradient},
		types:  []hm.Type{tensorOf(dimsOf(x)), tensorOf(1)},
		shape:  lastAxis,
		kernel: kernels{sumRows[float32], sumRows[float64]},
	}
	return o.apply(x)
}

func sumRows[T Float](c *call[T]) error {
	kernel.SumRows(c.flushed, c.out, c.in[0])
	return nil
}

// lastAxis is the shape of a vector with one element for each feature.
func lastAxis(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[0]) == 0 {
		return nil, errors.New("input 0: got a scalar, want at least one axis")
	}
	return tensor.Shape{in[0][len(in[0])-1]}, nil
}
