package op

import "gorgonia.org/gorgonia"

// Where is a where the condition is not 0, and b elsewhere, of three tensors of one shape. A number that is not chosen does not
// matter, even if it is infinite or NaN.
//
// Its gradients: da is dy where the condition is not 0, and 0 elsewhere; db the other way round.
func Where(condition, a, b *gorgonia.Node) (*gorgonia.Node, error) {
	dims := dimsOf(condition)
	o := &Op{
		name:    "where",
		spec:    Spec{Kind: KindElementwise, Name: "where"},
		types:   repeat(dims, 3),
		shape:   sameShapes,
		kernel:  kernels{where[float32], where[float64]},
		inPlace: []int{0, 1, 2},
		wrt:     []bool{false, true, true},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			da, err := keepWhere("where_backward", in[0], dy, kernels{keepIf[float32](true), keepIf[float64](true)})
			if err != nil {
				return nil, err
			}
			db, err := keepWhere("where_not_backward", in[0], dy, kernels{keepIf[float32](false), keepIf[float64](false)})
			return gorgonia.Nodes{nil, da, db}, err
		},
	}
	return o.apply(condition, a, b)
}

func where[T Float](c *call[T]) error {
	a, b := c.in[1], c.in[2]
	for i, is := range c.in[0] {
		if is != 0 {
			c.out[i] = a[i]
		} else {
			c.out[i] = b[i]
		}
	}
	return nil
}

func keepWhere(name string, condition, dy *gorgonia.Node, k kernels) (*gorgonia.Node, error) {
	o := &Op{
		name: name, spec: Spec{Kind: KindGradient}, types: repeat(dimsOf(dy), 2), shape: sameShapes, kernel: k, inPlace: []int{1, 0},
	}
	return o.apply(condition, dy)
}

func keepIf[T Float](wanted bool) func(*call[T]) error {
	return func(c *call[T]) error {
		for i, is := range c.in[0] {
			if (is != 0) == wanted {
				c.out[i] = c.in[1][i]
			} else {
				c.out[i] = 0
			}
		}
		return nil
	}
}
