package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// A depth is the time and memory of a network of this number of layers of 128 units, in batches of 64.
type depth struct {
	layers  int
	build   time.Duration // drawing, differentiating and compiling
	compile time.Duration // of that, compiling
	step    float64       // milliseconds
	memory  machine.Memory
}

// sweep measures networks of increasing depth.
func sweep(log io.Writer) ([]depth, error) {
	var list []depth
	for _, layers := range []int{10, 30, 100, 300, 1000} {
		start := time.Now()
		o, err := bench.NewOurs(bench.Deep(layers, graph.Tanh, nil), 64, "sgd", nil)
		if err != nil {
			return nil, err
		}
		d := depth{layers: layers, build: time.Since(start)}
		start = time.Now()
		if _, err := machine.New(o.Program.Graph, o.Program.Computed()...).Memory(); err != nil {
			return nil, err
		}
		d.compile = time.Since(start)
		if d.memory, err = o.Program.Machine().Memory(); err != nil {
			return nil, err
		}
		if d.step, err = stepTime(o); err != nil {
			return nil, err
		}
		list = append(list, d)
		fmt.Fprintf(log, "depth %d: %.2f ms\n", layers, d.step)
	}
	return list, nil
}

func stepTime(s bench.Stepper) (float64, error) {
	var times []float64
	for range 14 {
		start := time.Now()
		if _, err := s.Step(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds()*1e3)
	}
	return median(times[3:]), nil
}

// A subnormal is the time of a step of a deep sigmoid network whose gradient stays in float32's range or leaves it.
type subnormal struct {
	name string
	step float64 // milliseconds
}

// measureSubnormals trains networks of 100 sigmoid layers.
func measureSubnormals() ([]subnormal, error) {
	list := []subnormal{
		{name: "gradient within the range (weights of standard deviation 0.35)"},
		{name: "gradient beyond it, flushed to zero"},
		{name: "gradient beyond it, with machine.KeepSubnormals"},
	}
	steppers := make([]bench.Stepper, len(list))
	for i := range list {
		var init initializer.Initializer
		if i == 0 {
			init = initializer.Normal{Std: 0.35}
		}
		var err error
		steppers[i], err = bench.NewOurs(bench.Deep(100, graph.Sigmoid, init), 64, "sgd", nil)
		if err != nil {
			return nil, err
		}
	}
	times := make([][]float64, len(list))
	for range 7 { // interleaved
		for i, s := range steppers {
			machine.KeepSubnormals(i == 2)
			t, err := stepTime(s)
			machine.KeepSubnormals(false)
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], t)
		}
	}
	for i := range list {
		list[i].step = median(times[i])
	}
	return list, nil
}

// soakTest trains a small network for many steps and prints its memory after every tenth of them.
func soakTest(out io.Writer, steps int) error {
	w := bench.Workload{Name: "soak", Model: mlp.Model{Input: 784, Hidden: []int{64, 64, 64}, Output: 10, Activation: graph.ReLU, Norm: graph.BN}}
	o, err := bench.NewOurs(w, 32, "adam", nil)
	if err != nil {
		return err
	}
	for i := range steps + 1 {
		if i%max(steps/10, 1) == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			fmt.Fprintf(out, "step %7d: heap %.2f MiB in %d objects, %d goroutines, taken from the system %.1f MiB\n",
				i, float64(m.HeapAlloc)/(1<<20), m.HeapObjects, runtime.NumGoroutine(), float64(m.Sys)/(1<<20))
		}
		if _, err := o.Step(); err != nil {
			return errors.Wrapf(err, "step %d", i)
		}
	}
	return nil
}
