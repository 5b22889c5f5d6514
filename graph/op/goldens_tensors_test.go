package op_test

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// reducers, broadcasts and products are constructors by the names of the golden cases.
var (
	reducers = map[string]func(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error){
		"reduce_sum": op.ReduceSum, "reduce_mean": op.ReduceMean, "reduce_max": op.ReduceMax,
	}
	broadcasts = map[string]binary{
		"broadcast_add": op.BroadcastAdd, "broadcast_sub": op.BroadcastSub,
		"broadcast_mul": op.BroadcastMul, "broadcast_div": op.BroadcastDiv,
	}
)

func drawTensors(c goldens.Case, in map[string]*gorgonia.Node) (y *gorgonia.Node, _ map[string]*gorgonia.Node, err error) {
	reduce, broadcast := reducers[c.Op], broadcasts[c.Op]
	switch {
	case reduce != nil:
		y, err = reduce(in["x"], axesOf(c), c.Attrs["keep"] == 1)
	case broadcast != nil:
		y, err = broadcast(in["a"], in["b"])
	case c.Op == "embedding":
		y, err = op.Embedding(in["table"], labelsLike(c, in))
	case c.Op == "batched_matmul":
		y, err = op.BatchedMatMul(in["a"], in["b"], c.Attrs["transA"] == 1, c.Attrs["transB"] == 1)
	default:
		err = errors.Errorf("no op %q", c.Op)
	}
	return y, nil, err
}

func axesOf(c goldens.Case) (axes []int) {
	for i := range 8 {
		if c.Attrs[fmt.Sprint("axis", i)] == 1 {
			axes = append(axes, i)
		}
	}
	return axes
}

// labelsLike gives the labels of a case the shape of the output without its last axis.
func labelsLike(c goldens.Case, in map[string]*gorgonia.Node) *gorgonia.Node {
	shape := c.F64.Output.Shape
	labels := tensor.New(tensor.WithShape(shape[:len(shape)-1]...), tensor.WithBacking(append([]int(nil), c.F64.Labels...)))
	return input(in["table"].Graph(), "labels of "+c.Op, labels)
}
