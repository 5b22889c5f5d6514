// Command gomlx makes training steps with GoMLX's pure-Go backend, on command. See README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/pkg/errors"
)

// A config describes a network; see Workload in gradflow's package bench.
type config struct {
	Widths []int
	Act    string
	Norm   bool
	Blocks int
	Scale  float64
	Rate   float64
}

// notSupported is the exit status for networks this backend cannot train.
const notSupported = 3

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: gomlx FOLDER CONFIG BATCH OPTIMIZER")
	}
	var c config
	if err := json.Unmarshal([]byte(args[1]), &c); err != nil {
		return errors.Wrap(err, "the configuration")
	}
	if c.Norm {
		log.Print("the backend has no batch normalisation for training")
		os.Exit(notSupported)
	}
	batch, err := strconv.Atoi(args[2])
	if err != nil {
		return errors.Wrap(err, "the batch")
	}
	t, err := newTrainer(args[0], c, batch, args[3])
	if err != nil {
		return err
	}
	return serve(os.Stdin, os.Stdout, t)
}

// serve answers "run STEPS" with the median time of a step in nanoseconds, the last loss, the number of busy cores and the
// allocations of all steps.
func serve(in io.Reader, out io.Writer, t *trainer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var steps int
		if _, err := fmt.Sscanf(lines.Text(), "run %d", &steps); err != nil || steps < 1 {
			return errors.Errorf("gomlx: unknown command: got %q, want run STEPS", lines.Text())
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, start := processorTime(), time.Now()
		times := make([]int64, steps)
		var loss float32
		for i := range times {
			began := time.Now()
			var err error
			if loss, err = t.step(); err != nil {
				return err
			}
			times[i] = time.Since(began).Nanoseconds()
		}
		wall, used := time.Since(start), processorTime()-cpu
		runtime.ReadMemStats(&after)
		slices.Sort(times)
		fmt.Fprintln(out, times[steps/2], loss, used.Seconds()/wall.Seconds(), after.Mallocs-before.Mallocs)
	}
	return lines.Err()
}

// processorTime is the processor time that this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
