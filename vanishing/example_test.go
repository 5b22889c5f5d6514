package vanishing_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// One batch before training shows whether the gradient of a deep network vanishes.
func ExampleObserve() {
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(1, 1)), 32, 20)
	if err != nil {
		log.Fatal(err)
	}
	y, err := tensors.Zeros(tensor.Float32, 32, 1)
	if err != nil {
		log.Fatal(err)
	}
	for name, model := range map[string]graph.Model{
		"plain":    mlp.Model{Input: 20, Depth: 20, Width: 50, Output: 1, Activation: graph.Sigmoid},
		"residual": resnet.Model{Input: 20, Blocks: 10, Width: 50, Output: 1},
	} {
		program, err := graph.Build(graph.Config{
			Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{32, 20}, Loss: graph.MSE{},
		})
		if err != nil {
			log.Fatal(err)
		}
		profile, err := vanishing.Observe(name, program, x, y)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %v\n", name, vanishing.Diagnose(profile).Verdict)
	}
	// Unordered output:
	// plain: vanishing
	// residual: healthy
}

// Theory tells before any step how the gradient will fare in a network.
func ExampleDescribe() {
	program, err := graph.Build(graph.Config{
		Model:  mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 784}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	net, err := vanishing.Describe(program)
	if err != nil {
		log.Fatal(err)
	}
	prediction, err := theory.Predict(net)
	if err != nil {
		log.Fatal(err)
	}
	first, last := prediction.Layers[0], prediction.Layers[29]
	change, deviation := first.Since(last) // of the logarithm of the squared gradient
	fmt.Printf("%s receives %.3f of the gradient of %s, within a factor of %.1f\n",
		first.Name, math.Exp(change/2), last.Name, math.Exp(deviation/2))
	// Output:
	// dense1 receives 0.119 of the gradient of dense30, within a factor of 1.3
}

// A recorder is a callback of the trainer.
func ExampleRecorder() {
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(1, 1)), 320, 20)
	if err != nil {
		log.Fatal(err)
	}
	y, err := tensors.Zeros(tensor.Float32, 320, 1)
	if err != nil {
		log.Fatal(err)
	}
	recorder := &vanishing.Recorder{Name: "plain tanh", Steps: vanishing.Every(5)}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 20, Depth: 10, Width: 50, Output: 1, Activation: graph.Tanh},
		Loss:  graph.MSE{}, BatchSize: 32, Epochs: 1, Seed: 1,
		Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
		log.Fatal(err)
	}
	profile := recorder.Profile()
	for _, r := range profile.Records {
		fmt.Printf("step %d: %d layers, %d parameters\n", r.Step, len(r.Layers), len(r.Params))
	}
	fmt.Println(vanishing.Diagnose(profile).Verdict)
	// Output:
	// step 0: 11 layers, 22 parameters
	// step 5: 11 layers, 22 parameters
	// step 9: 11 layers, 22 parameters
	// healthy
}

// A diagnosis has a verdict, an explanation and the evidence.
func ExampleDiagnose() {
	p := vanishing.Profile{Dtype: "float32"}
	record := vanishing.Record{}
	for depth, delta := range []profile.Number{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3} {
		p.Layers = append(p.Layers, vanishing.Layer{Depth: depth + 1})
		record.Layers = append(record.Layers, profile.LayerRecord{DeltaRMS: delta})
	}
	p.Records = []vanishing.Record{record}

	d := vanishing.Diagnose(p)
	fmt.Println(d.Verdict)
	fmt.Println(d.Sentence)
	fmt.Printf("%.2f decades per layer, %.0f in all, R² = %.2f\n", d.Slope, d.Change, d.R2)
	// Output:
	// vanishing
	// The gradient shrinks by a factor of 10 per layer on its way back: layer 1 receives 1e-5 of what layer 6 does, so the early layers hardly learn.
	// 1.00 decades per layer, -5 in all, R² = 1.00
}

// The budget of a gradient attributes its loss to operations.
func ExampleDiagnose_budget() {
	p, sigmoid := vanishing.Profile{Dtype: "float32"}, profile.Activation{Kind: profile.Sigmoid}
	record := vanishing.Record{Details: &profile.Details{}}
	for depth, delta := range []profile.Number{1e-6, 1e-5, 1e-4, 1e-3, 1e-3} {
		p.Layers = append(p.Layers, vanishing.Layer{Depth: depth + 1, Activation: sigmoid})
		record.Layers = append(record.Layers, profile.LayerRecord{DeltaRMS: delta})
		detail := profile.LayerDetail{Gains: &profile.Gains{Weight: -0.2, Activation: -0.8}}
		record.Details.Layers = append(record.Details.Layers, detail)
	}
	p.Records = []vanishing.Record{record}

	fmt.Println(vanishing.Diagnose(p).Budget)
	// Output:
	// 3.0 decades lost over 4 layers: 2.4 to the derivative of sigmoid, 0.6 to the weights
}

// A diagnosis lists all findings, each with a remedy.
func ExampleFinding() {
	p, sigmoid := vanishing.Profile{Dtype: "float32"}, profile.Activation{Kind: profile.Sigmoid}
	record := vanishing.Record{Loss: 2.3, Batch: 64}
	for depth, delta := range []profile.Number{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3} {
		p.Layers = append(p.Layers, vanishing.Layer{Depth: depth + 1, Activation: sigmoid, Units: 100})
		record.Layers = append(record.Layers, profile.LayerRecord{DeltaRMS: delta})
	}
	p.Records = []vanishing.Record{record}

	for _, f := range vanishing.Diagnose(p).Findings {
		fmt.Printf("%v: %s, confidence %.2f\n%s\n%s\n", f.Severity, f.Rule, f.Confidence, f.Remedy, f.Code)
	}
	// Output:
	// critical: vanishing, confidence 1.00
	// Sigmoid passes on a quarter of the gradient at most, whatever the weights: take ReLU with He initialisation, or batch normalisation. Not tried on this network.
	// Activation: graph.ReLU, Init: initializer.HeNormal{}
}
