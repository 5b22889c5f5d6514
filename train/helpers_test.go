package train

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

var nan = math.NaN()

func as32(t *testing.T, x *tensor.Dense) *tensor.Dense {
	t.Helper()
	y, err := tensors.FromSlice(tensor.Float32, x.Float64s(), x.Shape()...)
	if err != nil {
		t.Fatal(err)
	}
	return y
}
