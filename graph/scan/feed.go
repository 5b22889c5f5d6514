package scan

import (
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A feed is the value of an input of the body.
type feed[T op.Float] struct {
	value gorgonia.Value
	dense *tensor.Dense // the value, unless it is a scalar
	data  []T           // its elements
}

// newFeed makes a value of a node, with memory of its own.
func newFeed[T op.Float](n *gorgonia.Node) *feed[T] {
	if n.IsScalar() {
		f := &feed[T]{data: make([]T, 1)}
		var v any = &f.data[0]
		switch v := v.(type) {
		case *float32:
			f.value = (*gorgonia.F32)(v)
		case *float64:
			f.value = (*gorgonia.F64)(v)
		}
		return f
	}
	data := make([]T, n.Shape().TotalSize())
	d := tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(data), tensor.WithEngine(gorgonia.StandardEngine{}))
	return &feed[T]{value: d, dense: d, data: data}
}

func newFeeds[T op.Float](nodes gorgonia.Nodes) (feeds []*feed[T]) {
	for _, n := range nodes {
		feeds = append(feeds, newFeed[T](n))
	}
	return feeds
}

// point makes the value one of other memory, of as many elements.
func (f *feed[T]) point(data []T) {
	if f.dense == nil {
		f.data[0] = data[0]
		return
	}
	f.data = data
	f.dense.Raw = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(data[0])))
}

// elementsOf gives the numbers of values.
func elementsOf[T op.Float](into [][]T, values []gorgonia.Value) (err error) {
	for i, v := range values {
		if into[i], err = op.Elements[T](v, v.Shape()); err != nil {
			return err
		}
	}
	return nil
}
