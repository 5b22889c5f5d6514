package bench

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// A Batch is images with their labels.
type Batch struct{ X, Y *tensor.Dense }

// batchCount is the number of different batches.
const batchCount = 4

// Batches returns batches of the first images of the built-in sample.
func Batches(size int) ([]Batch, error) {
	train, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		return nil, err
	}
	var list []Batch
	for i := range batchCount {
		part, err := train.Slice(i*size, (i+1)*size)
		if err != nil {
			return nil, err
		}
		x := tensor.New(tensor.WithShape(size, inputs), tensor.WithBacking(part.X.Float32s()))
		list = append(list, Batch{x, part.Y})
	}
	return list, nil
}
