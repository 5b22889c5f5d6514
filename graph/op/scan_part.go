package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// part takes a result out of the vector of results.
func (s *Scan) part(packed *gorgonia.Node, result int) (*gorgonia.Node, error) {
	start, shape := s.start(result), s.Results[result].Clone()
	size := s.start(len(s.Results))
	o := &Op{
		name:   fmt.Sprintf("part(%d of %d, at %d, %v)", result, size, start, shape),
		spec:   Spec{Kind: KindPart, Index: result},
		types:  []hm.Type{tensorOf(1), tensorOf(len(shape))},
		shape:  onlyShapes([]tensor.Shape{{size}}, shape),
		kernel: kernels{partKernel[float32](start), partKernel[float64](start)},
		isPart: true, from: start,
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			d, err := placePart(dy, result, start, size)
			return gorgonia.Nodes{d}, err
		},
	}
	return o.apply(packed)
}

// placePart is the gradient of part: a vector of zeros, but for the result. [Scan.gradient] reads the result instead of the vector, so a
// machine hardly ever computes one.
func placePart(dy *gorgonia.Node, result, start, size int) (*gorgonia.Node, error) {
	o := &Op{
		name:   fmt.Sprintf("place_part(%d of %d, at %d)", result, size, start),
		spec:   Spec{Kind: KindGradient, Name: "part", Index: result},
		types:  []hm.Type{tensorOf(dimsOf(dy)), tensorOf(1)},
		shape:  onlyShapes([]tensor.Shape{dy.Shape()}, tensor.Shape{size}),
		kernel: kernels{putPart[float32](start), putPart[float64](start)},
	}
	return o.apply(dy)
}

func putPart[T Float](start int) func(*call[T]) error {
	return func(c *call[T]) error {
		clear(c.out)
		copy(c.out[start:], c.in[0])
		return nil
	}
}
