package data

import (
	"reflect"
	"testing"

	"gorgonia.org/tensor"
)

func TestGatherer(t *testing.T) {
	for _, test := range []struct {
		source *tensor.Dense
		want   any
		shape  tensor.Shape
	}{
		{dense([]float32{0, 1, 10, 11, 20, 21}, 3, 2), []float32{20, 21, 0, 1}, tensor.Shape{2, 2}},
		{dense([]float64{0, 1, 10, 11, 20, 21}, 3, 1, 2), []float64{20, 21, 0, 1}, tensor.Shape{2, 1, 2}},
		{dense([]int{0, 10, 20}, 3), []int{20, 0}, tensor.Shape{2}},
	} {
		g := newGatherer(test.source, 3)
		batch := g.batch(2)
		g.gather([]int{2, 0})
		if got := batch.Data(); !reflect.DeepEqual(got, test.want) || !batch.Shape().Eq(test.shape) {
			t.Errorf("rows 2 and 0 are %v of shape %v; want %v of shape %v", got, batch.Shape(), test.want, test.shape)
		}
	}
}
