package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// MSE is the squared error (x - t)^2, averaged over all elements.
type MSE struct {
	Sum bool // add over all elements instead of averaging
}

// Target has the shape of the output.
func (MSE) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

// Apply draws the loss.
func (l MSE) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return l.draw(b, output, target, l.Reduction())
}

// ApplyEach draws the losses of the samples.
func (l MSE) ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return each(b, l, output, l.draw(b, output, target, op.SampleReduction))
}

func (MSE) draw(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	return b.Check(op.MSE(output, target, r))
}

// Reduction is Mean, or Sum if that is set.
func (l MSE) Reduction() Reduction { return reduction(l.Sum) }

func (l MSE) String() string { return "squared error" + describe(false, l.Sum) }

// MAE is the absolute error |x - t|, averaged over all elements.
type MAE struct {
	Sum bool // add over all elements instead of averaging
}

// Target has the shape of the output.
func (MAE) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

// Apply draws the loss.
func (l MAE) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return l.draw(b, output, target, l.Reduction())
}

// ApplyEach draws the losses of the samples.
func (l MAE) ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return each(b, l, output, l.draw(b, output, target, op.SampleReduction))
}

func (MAE) draw(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	return b.Check(op.MAE(output, target, r))
}

// Reduction is Mean, or Sum if that is set.
func (l MAE) Reduction() Reduction { return reduction(l.Sum) }

func (l MAE) String() string { return "absolute error" + describe(false, l.Sum) }

// Huber is (x-t)^2/2 within Delta of the target and Delta·(|x-t| - Delta/2) beyond (Huber 1964), averaged over all
// elements.
type Huber struct {
	Delta float64 // 0 means 1
	Sum   bool    // add over all elements instead of averaging
}

// Target has the shape of the output.
func (Huber) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

// Apply draws the loss.
func (l Huber) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return l.draw(b, output, target, l.Reduction())
}

// ApplyEach draws the losses of the samples.
func (l Huber) ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return each(b, l, output, l.draw(b, output, target, op.SampleReduction))
}

func (l Huber) draw(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	return b.Check(op.Huber(output, target, orDefault(l.Delta, 1), r))
}

// Reduction is Mean, or Sum if that is set.
func (l Huber) Reduction() Reduction { return reduction(l.Sum) }

func (l Huber) String() string {
	return fmt.Sprintf("Huber error (delta %g)", orDefault(l.Delta, 1)) + describe(false, l.Sum)
}
