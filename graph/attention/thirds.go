package attention

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// thirds draws the maps to queries, keys and values by initialisers of their own, as if each were a weight of its own.
type thirds struct{ query, key, value initializer.Initializer }

func (t thirds) String() string {
	return fmt.Sprintf("query %v, key %v, value %v", t.query, t.key, t.value)
}

// Fill implements initializer.Initializer. The shape is (width, 3·width).
func (t thirds) Fill(dst []float64, shape tensor.Shape, _ initializer.Fan, rng *rand.Rand) error {
	if len(shape) != 2 || shape[1] != 3*shape[0] {
		return errors.Errorf("attention: got shape %v, want (width, 3·width)", shape)
	}
	width := shape[0]
	part := make([]float64, width*width)
	for i, init := range []initializer.Initializer{t.query, t.key, t.value} {
		if err := init.Fill(part, tensor.Shape{width, width}, initializer.Fan{In: width, Out: width}, rng); err != nil {
			return err
		}
		for row := range width {
			copy(dst[(3*row+i)*width:], part[row*width:(row+1)*width])
		}
	}
	return nil
}

// Variance implements initializer.Varied: the mean of the three.
func (t thirds) Variance(_ initializer.Fan, shape tensor.Shape) (variance float64, known bool) {
	width := shape[0]
	for _, init := range []initializer.Initializer{t.query, t.key, t.value} {
		v, known := initializer.Variance(init, initializer.Fan{In: width, Out: width}, tensor.Shape{width, width})
		if !known {
			return 0, false
		}
		variance += v / 3
	}
	return variance, true
}

var _ initializer.Varied = thirds{}
