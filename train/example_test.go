package train_test

import (
	"context"
	"fmt"
	"os"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
)

// xor is the set of four points that no straight line separates.
func xor() *data.Dataset {
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float32{0, 0, 0, 1, 1, 0, 1, 1})),
		Y: tensor.New(tensor.WithShape(4), tensor.WithBacking([]int{0, 1, 1, 0})),
	}
}

func ExampleTrainer_Fit() {
	t := &train.Trainer{
		Model:     mlp.Model{Input: 2, Hidden: []int{8}, Output: 2, Activation: graph.Tanh},
		Loss:      graph.CrossEntropy{},
		Optimizer: &optim.Adam{LearningRate: 0.1},
		Epochs:    100,
	}
	history, err := t.Fit(context.Background(), xor(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	last := history.Epochs[len(history.Epochs)-1].Train
	fmt.Printf("loss below 0.01: %t, accuracy %.0f%%\n", last.Loss < 0.01, 100*last.Accuracy)
	// Output: loss below 0.01: true, accuracy 100%
}

// A run that was stopped goes on from its folder, and ends in the same weights as one that was not.
func ExampleTrainer_Fit_resume() {
	folder, err := os.MkdirTemp("", "run")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	trainer := func(epochs int) *train.Trainer {
		return &train.Trainer{
			Model: mlp.Model{Input: 2, Hidden: []int{8}, Output: 2}, Loss: graph.CrossEntropy{}, Epochs: epochs,
			Checkpoints: &checkpoint.Folder{Path: folder},
		}
	}
	for _, epochs := range []int{40, 100} { // the second run goes on in epoch 40
		history, err := trainer(epochs).Fit(context.Background(), xor(), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(history.Epochs), "epochs")
	}
	newest, _, err := checkpoint.Newest(folder)
	fmt.Println("after step", newest.Step, err)
	// Output:
	// 40 epochs
	// 100 epochs
	// after step 100 <nil>
}

func ExampleTrainer_Predict() {
	t := &train.Trainer{
		Model: graph.Dense{Units: 1, Init: initializer.Constant{Value: 2}}, // y = 2a + 2b
		Loss:  graph.MSE{},
	}
	x := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float32{0, 0, 0, 1, 1, 1}))
	y, err := t.Predict(context.Background(), x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Shape(), y.Data())
	// Output: (3, 1) [0 2 4]
}

// halve is a schedule: it halves the learning rate after each epoch.
type halve struct{ train.Base }

func (halve) AfterEpoch(r *train.Run) error {
	fmt.Printf("epoch %d was trained at %g\n", r.Epoch, r.LearningRate)
	r.LearningRate /= 2
	return nil
}

func ExampleCallback() {
	t := &train.Trainer{
		Model:     graph.Dense{Units: 2},
		Loss:      graph.CrossEntropy{},
		Optimizer: &optim.SGD{LearningRate: 0.1},
		Epochs:    3,
		Callbacks: []train.Callback{halve{}},
	}
	if _, err := t.Fit(context.Background(), xor(), nil); err != nil {
		fmt.Println(err)
	}
	// Output:
	// epoch 0 was trained at 0.1
	// epoch 1 was trained at 0.05
	// epoch 2 was trained at 0.025
}

// A network with two inputs, features and the ids of words, and two heads: a class and a size.
func ExampleTrainer_twoHeads() {
	init := initializer.Normal{Std: 1}
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		table := b.Param(graph.Param{Name: "words/weight", Role: graph.Weight, Init: init}, 3, 8)
		words := b.Check(op.Embedding(table, b.Input("word")))
		h := b.Check(op.Add(graph.Dense{Units: 8}.Apply(b, x), words))
		h = graph.Tanh.Apply(b, h)
		b.Output("size", graph.Dense{Units: 1}.Apply(b, h))
		return graph.Dense{Units: 2}.Apply(b, h)
	})
	set := xor() // X and Y
	set.Columns = []data.Column{
		{Name: "word", Values: tensor.New(tensor.WithShape(4), tensor.WithBacking([]int{0, 1, 1, 2}))},
		{Name: "size", Values: tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float32{1, 2, 2, 3}))},
	}
	t := &train.Trainer{
		Model: model,
		Losses: []graph.Objective{
			{Name: "class", Loss: graph.CrossEntropy{}},
			{Output: "size", Loss: graph.MSE{}, Weight: 0.5},
		},
		Optimizer: &optim.Adam{LearningRate: 0.05},
		Epochs:    100,
	}
	history, err := t.Fit(context.Background(), set, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	last := history.Epochs[len(history.Epochs)-1].Train
	fmt.Printf("accuracy %.0f%%, squared error below 0.01: %t\n", 100*last.Parts["class"].Accuracy, last.Parts["size"].Loss < 0.01)
	outputs, err := t.PredictNamed(context.Background(), set)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("size %.0f\n", outputs["size"].Data())
	// Output:
	// accuracy 100%, squared error below 0.01: true
	// size [1 2 2 3]
}
