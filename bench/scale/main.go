// Command scale measures training steps over the ranks of a job, and tells from them what more ranks would take.
//
//	go build -o scale ./bench/scale
//	./scale -workload b                  # one process, on all cores
//	mpirun -np 2 ./scale -workload b     # two ranks
//
// Every figure is a median over the steps. The batch is that of all ranks together.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/dist/mpi"
	"github.com/gradflow/gradflow/train/optim"
)

func main() {
	workload := flag.String("workload", "b", "a to e, or resnet20")
	batch := flag.Int("batch", 64, "samples in a step of all ranks")
	steps := flag.Int("steps", 40, "steps to measure")
	flag.Parse()
	comm, err := mpi.Open()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := measure(comm, *workload, *batch, *steps); err != nil {
		comm.Abort(err)
	}
	if err := comm.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure trains and prints, on rank 0.
func measure(comm dist.Comm, workload string, batch, steps int) error {
	place, err := dist.Place(comm)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/place.Sharing))
	model, set, err := bench.Scaled(workload, batch)
	if err != nil {
		return err
	}
	clock := &stepClock{}
	trainer := &train.Trainer{
		Model: model, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 1e-4}, BatchSize: batch, SplitBatch: true, Comm: comm,
		Epochs: steps * batch / set.Len(), NoShuffle: true, Callbacks: []train.Callback{clock},
	}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		return err
	}
	bytes := 0
	for _, p := range trainer.Params.All() {
		bytes += 4 * p.Value.Size()
	}
	sum, err := sumTime(comm, bytes/4)
	if err != nil || comm.Rank() > 0 {
		return err
	}
	step, e := clock.median(), clock.exchange
	fmt.Printf("%s, batch %d on %d ranks with %d cores each: %.2f ms a step", workload, batch, comm.Size(), runtime.GOMAXPROCS(0), 1e3*step)
	if comm.Size() == 1 {
		fmt.Println()
	} else {
		n := float64(len(clock.times) + 1)
		fmt.Printf("; %.1f MB of gradients, whose sum alone takes %.2f ms; in training %.2f ms, of which the steps wait for %.2f (%.0f%% hidden)\n",
			float64(bytes)/1e6, 1e3*sum, 1e3*e.Total.Seconds()/n, 1e3*e.Waited.Seconds()/n, 100*(1-float64(e.Waited)/float64(e.Total)))
	}
	return nil
}

// sumTime is the median time of a sum of so many numbers, which nothing delays.
func sumTime(comm dist.Comm, n int) (float64, error) {
	values := dist.Of(make([]float32, n))
	var times []float64
	for range 30 {
		if err := comm.Barrier(); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := comm.AllReduce(values); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began).Seconds())
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// A stepClock is a callback that measures the steps after the first.
type stepClock struct {
	train.Base
	last     time.Time
	times    []float64
	exchange train.Exchange
}

// AfterStep implements train.Callback.
func (c *stepClock) AfterStep(r *train.Run) error {
	now := time.Now()
	if !c.last.IsZero() {
		c.times = append(c.times, now.Sub(c.last).Seconds())
	}
	c.last, c.exchange = now, r.Exchange
	return nil
}

func (c *stepClock) median() float64 {
	slices.Sort(c.times)
	return c.times[len(c.times)/2]
}
