package vanishing_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/vanishing"
)

// deepSigmoid is a graph of Gorgonia's operations: ten hidden layers of sigmoids, and a squared error.
func deepSigmoid() (loss *gorgonia.Node, learnables gorgonia.Nodes) {
	const width = 30
	g, rng := gorgonia.NewGraph(), rand.New(rand.NewPCG(1, 1))
	normal := func(name string, deviation float64, shape ...int) *gorgonia.Node {
		data := make([]float64, shape[0]*shape[1])
		for i := range data {
			data[i] = deviation * rng.NormFloat64()
		}
		value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
		return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(value))
	}
	h := normal("x", 1, 20, width)
	for i := range 10 {
		w := normal(fmt.Sprint("w", i), 1/math.Sqrt(width), width, width)
		learnables = append(learnables, w)
		h = gorgonia.Must(gorgonia.Sigmoid(gorgonia.Must(gorgonia.Mul(h, w))))
	}
	last := normal("last", 1, width, 1)
	learnables = append(learnables, last)
	loss = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Mul(h, last))))))
	if _, err := gorgonia.Grad(loss, learnables...); err != nil {
		log.Fatal(err)
	}
	return loss, learnables
}

// A program written for Gorgonia alone is recorded through its machine.
func ExampleWatch() {
	loss, learnables := deepSigmoid()
	watcher, err := vanishing.Watch(loss, learnables...)
	if err != nil {
		log.Fatal(err)
	}
	vm := watcher.Machine() // in place of gorgonia.NewTapeMachine(...)
	defer vm.Close()

	solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
	for range 5 {
		if err := vm.RunAll(); err != nil {
			log.Fatal(err)
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(learnables)); err != nil {
			log.Fatal(err)
		}
	}
	profile := watcher.Profile()
	fmt.Printf("%d steps of %d layers: %v\n", len(profile.Records), len(profile.Layers), vanishing.Diagnose(profile).Verdict)
	// Output: 5 steps of 11 layers: vanishing
}

// The settings of a recorder select the recorded steps.
func ExampleRecorder_Watch() {
	loss, learnables := deepSigmoid()
	watcher, err := (&vanishing.Recorder{Name: "sigmoids", Steps: vanishing.Every(2)}).Watch(loss, learnables...)
	if err != nil {
		log.Fatal(err)
	}
	defer watcher.Close()
	for range 5 {
		if err := watcher.Machine().RunAll(); err != nil {
			log.Fatal(err)
		}
	}
	for _, r := range watcher.Profile().Records {
		fmt.Println("step", r.Step)
	}
	// Output:
	// step 0
	// step 2
	// step 4
}

// Read returns the gradients of the learnables after a run of Gorgonia's TapeMachine.
func ExampleRead() {
	loss, learnables := deepSigmoid()
	vm := gorgonia.NewTapeMachine(loss.Graph(), gorgonia.BindDualValues(learnables...))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	profile, err := vanishing.Read(loss, learnables...)
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range []int{0, 9} {
		fmt.Printf("%s: gradient %.0e\n", profile.Params[i].Name, profile.Records[0].Params[i].GradL2)
	}
	// Output:
	// w0: gradient 2e-06
	// w9: gradient 4e+00
}

// With a TapeMachine that keeps all values, ReadTraced returns the whole profile.
func ExampleReadTraced() {
	loss, learnables := deepSigmoid()
	vm := gorgonia.NewTapeMachine(loss.Graph(), gorgonia.TraceExec(), gorgonia.BindDualValues(learnables...))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	profile, err := vanishing.ReadTraced(loss, learnables...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(vanishing.Diagnose(profile).Verdict)
	// Output: vanishing
}
