package graph

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
)

// Constant is a tensor that stays as it is, such as a mask of pruned weights. Gorgonia tells the constants of gorgonia.NewConstant apart by
// printing them, and prints no more than the ends of a large tensor: Build refuses such ones. The value must not change.
func (b *Builder) Constant(value *tensor.Dense) *gorgonia.Node {
	if value == nil {
		return b.Failf("Constant: got nil, want a tensor")
	}
	return b.named("constant", value)
}

// ConstantOf is a constant of the builder's type, of numbers in row-major order.
func (b *Builder) ConstantOf(values []float64, shape ...int) *gorgonia.Node {
	value, err := tensors.FromSlice(b.Dtype(), values, shape...)
	if err != nil {
		return b.fail(err)
	}
	return b.named("constant", value)
}

// Zeros is a constant of zeros, such as the first state of a recurrence.
func (b *Builder) Zeros(shape ...int) *gorgonia.Node {
	size, err := tensors.Size(shape)
	if err != nil {
		return b.fail(err)
	}
	return b.ConstantOf(make([]float64, size), shape...)
}

// named is a constant with a name that holds a digest of its numbers: nodes of one name are one.
func (b *Builder) named(name string, value *tensor.Dense) *gorgonia.Node {
	digest := fnv.New128a()
	fmt.Fprint(digest, value.Shape(), value.Dtype(), value.Data())
	return b.Check(gorgonia.NewTensor(b.graph, value.Dtype(), value.Dims(), gorgonia.WithShape(value.Shape()...),
		gorgonia.WithName(fmt.Sprintf("%s %x", name, digest.Sum(nil))), gorgonia.WithValue(value)), nil)
}

// constant is a vector of equal numbers.
func (b *Builder) constant(v float64, size int) *gorgonia.Node {
	value, err := tensors.FromSlice(b.Dtype(), slices.Repeat([]float64{v}, size), size)
	if err != nil {
		return b.fail(err)
	}
	return b.named(fmt.Sprintf("%g of %s", v, b.path), value)
}

// checkConstants refuses constants of Gorgonia of which it takes one for another, see [Builder.Constant].
func checkConstants(g *gorgonia.ExprGraph) error {
	for _, n := range g.AllNodes() {
		if op.SpecOf(n).Kind == op.KindConstant && n.Dims() > 0 && strings.Contains(fmt.Sprint(n.Value()), "...") {
			return errors.Errorf("graph: got a constant of shape %v, which Gorgonia takes for any other with the same ends, want graph.Builder.Constant in place of gorgonia.NewConstant", n.Shape())
		}
	}
	return nil
}
