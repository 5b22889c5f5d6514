package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/internal/cputime"
)

// A child process trains one network. It answers the command "run STEPS" on its standard input with the median time of a step in
// nanoseconds, the last loss, the number of busy cores, and the allocations of all steps.

// child serves a rival until its input ends.
func child(rival, workload string, batch int, optimizer string) error {
	if rival == "gemm" {
		return serveProducts(os.Stdin, os.Stdout)
	}
	if rival == "images" {
		s, err := newImages(workload)
		if err != nil {
			return err
		}
		return serve(os.Stdin, os.Stdout, s)
	}
	if rival == "transformers" {
		s, err := newTransformers(workload)
		if err != nil {
			return err
		}
		return serve(os.Stdin, os.Stdout, s)
	}
	if rival == "sequences" || rival == "stock sequences" {
		s, err := newSequences(rival, workload)
		if err != nil {
			return err
		}
		return serve(os.Stdin, os.Stdout, s)
	}
	w, err := bench.Find(workload)
	if err != nil {
		return err
	}
	if rival == "products" {
		return serve(os.Stdin, os.Stdout, bench.NewProducts(w, batch))
	}
	if r, found := findRecording(rival); found {
		s, err := newRecorded(r, w, batch, optimizer)
		if err != nil {
			return err
		}
		return serveRecorded(os.Stdin, os.Stdout, s)
	}
	s, err := stepper(rival, w, batch, optimizer)
	if err != nil {
		return err
	}
	return serve(os.Stdin, os.Stdout, s)
}

func stepper(rival string, w bench.Workload, batch int, optimizer string) (bench.Stepper, error) {
	switch rival {
	case "ours":
		return bench.NewOurs(w, batch, optimizer, nil)
	case "stock":
		return bench.NewStock(w, batch, optimizer)
	}
	return nil, errors.Errorf("run: unknown rival: got %q, want ours or stock", rival)
}

func serve(in io.Reader, out io.Writer, s bench.Stepper) error {
	lines := bufio.NewScanner(in)
	times := make([]float64, 0, 1<<16)
	for lines.Scan() {
		var steps int
		if _, err := fmt.Sscanf(lines.Text(), "run %d", &steps); err != nil {
			return errors.Wrapf(err, "command %q", lines.Text())
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, start := cputime.Used(), time.Now()
		var loss float64
		times := times[:0]
		for range steps {
			began := time.Now()
			var err error
			if loss, err = s.Step(); err != nil {
				return err
			}
			times = append(times, float64(time.Since(began).Nanoseconds()))
		}
		wall, used := time.Since(start), cputime.Used()-cpu
		runtime.ReadMemStats(&after)
		fmt.Fprintln(out, median(times), loss, used.Seconds()/wall.Seconds(), after.Mallocs-before.Mallocs)
	}
	return lines.Err()
}

// serveRecorded answers with the cost of recording, a ratio, instead of the time.
func serveRecorded(in io.Reader, out io.Writer, s *recordedStepper) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var steps int
		if _, err := fmt.Sscanf(lines.Text(), "run %d", &steps); err != nil {
			return errors.Wrapf(err, "command %q", lines.Text())
		}
		loss, cost, err := s.race(steps)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, cost*1e6, loss, 0, 0)
	}
	return lines.Err()
}
