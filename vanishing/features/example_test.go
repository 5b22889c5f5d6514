package features_test

import (
	"context"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing/features"
)

// An untrained network, for the sake of the example: its layers, and an image made for a unit of one of them.
func Example() {
	model := resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 4}
	v, err := features.New(model, graph.NewParams(tensor.Float32, 1), tensor.Shape{1, 16, 16})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range v.Layers {
		fmt.Printf("%s: %d units, maps of %d x %d, sees %d x %[5]d pixels\n", l.Path, l.Units, l.Height, l.Width, l.Field.Size)
	}
	made, err := v.Maximise(context.Background(), 2, []int{3}, features.Options{Steps: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("pixels made:", len(made[0].Image), "- the unit is excited:", made[0].Value > 0)
	// Output:
	// conv1: 4 units, maps of 16 x 16, sees 3 x 3 pixels
	// layer1/block1/conv1: 4 units, maps of 16 x 16, sees 5 x 5 pixels
	// layer1/block1/conv2: 4 units, maps of 16 x 16, sees 7 x 7 pixels
	// layer2/block1/conv1: 8 units, maps of 8 x 8, sees 9 x 9 pixels
	// layer2/block1/conv2: 8 units, maps of 8 x 8, sees 13 x 13 pixels
	// dense1: 10 units, maps of 1 x 1, sees 16 x 16 pixels
	// pixels made: 256 - the unit is excited: true
}
