// Command scale measures training steps over the ranks of a job, and tells from them what more ranks would take.
//
//	go build -o scale ./bench/scale
//	./scale -workload b                  # one process, on all cores
//	mpirun -np 2 ./scale -workload b     # two ranks
//	./scale -workload b -goroutines 2    # two ranks that are goroutines of one process
//
// Each time is the median over the steps, and that of the fastest step, which tells more where other programs run. The batch is split over the
// ranks. Ranks on one machine sum gradients in common memory; -messages makes them send messages, as ranks on several machines do.
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
	goroutines := flag.Int("goroutines", 0, "ranks in one process, in place of a job's")
	messages := flag.Bool("messages", false, "do not use common memory")
	flag.Parse()
	run := func(c dist.Comm) error {
		if *messages {
			c = struct{ dist.Comm }{c} // is no dist.Sharer
		}
		return measure(c, *workload, *batch, *steps)
	}
	if *goroutines > 0 {
		if err := dist.Local(*goroutines, run); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	comm, err := mpi.Open()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := run(comm); err != nil {
		comm.Abort(err)
	}
	if err := comm.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure trains and prints, on rank 0: steps over all ranks; and the model, from steps of each rank alone at the same time.
func measure(comm dist.Comm, workload string, batch, steps int) error {
	place, err := dist.Place(comm)
	if err != nil {
		return err
	}
	cores := max(1, min(runtime.NumCPU(), runtime.GOMAXPROCS(0))/place.Sharing)
	if mpi.InJob() { // ranks in one process share its cores without that
		runtime.GOMAXPROCS(cores)
	}
	together, err := trained(comm, workload, batch, steps)
	if err != nil {
		return err
	}
	ranks, step, e := comm.Size(), together.median(), together.exchange
	if comm.Rank() == 0 {
		fmt.Printf("%s, batch %d on %d ranks with %d cores each: %.2f ms a step, the fastest %.2f", workload, batch, ranks, cores, 1e3*step, 1e3*together.times[0])
	}
	if ranks == 1 {
		fmt.Println()
		return nil
	}
	n := float64(len(together.times) + 1)
	m, sum, err := fitted(comm, workload, batch/ranks, steps, together.bytes)
	if err != nil || comm.Rank() > 0 {
		return err
	}
	fmt.Printf("; %.1f MB of gradients, whose sum alone takes %.2f ms; in training %.2f ms, of which the steps wait for %.2f (%.0f%% hidden)\n",
		float64(together.bytes)/1e6, 1e3*sum, 1e3*e.Total.Seconds()/n, 1e3*e.Waited.Seconds()/n, 100*max(0, 1-float64(e.Waited)/float64(e.Total)))
	fmt.Printf("the model expects %.2f ms a step\n", 1e3*m.step(ranks, float64(batch/ranks)))
	m.print(os.Stdout, batch/ranks)
	return nil
}

// fitted is the model of each rank's steps alone, which all make at the same time, with whole batches of its samples and with halves.
func fitted(comm dist.Comm, workload string, samples, steps, bytes int) (m model, sum float64, err error) {
	var work [2]float64
	for i, n := range []int{samples, samples / 2} {
		alone, err := trained(nil, workload, n, steps)
		if err != nil {
			return m, 0, err
		}
		work[i] = alone.median()
		if err := comm.Barrier(); err != nil {
			return m, 0, err
		}
	}
	short, err := sumTime(comm, 1)
	if err != nil {
		return m, 0, err
	}
	if sum, err = sumTime(comm, bytes/4); err != nil {
		return m, 0, err
	}
	ranks := comm.Size()
	m = model{sample: max(0, work[0]-work[1]) / float64(samples-samples/2), bytes: float64(bytes), latency: short / hops(ranks)}
	m.fixed = max(0, work[0]-float64(samples)*m.sample)
	m.perByte = max(1e-12, sum-short) / moved(ranks) / float64(bytes)
	return m, sum, nil
}

// trained trains for some steps; comm may be nil.
func trained(comm dist.Comm, workload string, batch, steps int) (*stepClock, error) {
	network, set, err := bench.Scaled(workload, batch)
	if err != nil {
		return nil, err
	}
	clock := &stepClock{}
	trainer := &train.Trainer{
		Model: network, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 1e-4}, BatchSize: batch, SplitBatch: true, Comm: comm,
		Epochs: max(1, steps*batch/set.Len()), NoShuffle: true, Callbacks: []train.Callback{clock},
	}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		return nil, err
	}
	for _, p := range trainer.Params.All() {
		clock.bytes += 4 * p.Value.Size()
	}
	return clock, nil
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
	bytes    int // of the parameters
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
