package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/pkg/errors"
)

// A setup is the length of a measurement and the commands of the rivals.
type setup struct {
	rounds   int
	block    time.Duration // approximate time that a rival trains in a round
	python   string        // empty: without PyTorch
	script   string
	torchEnv []string // in which PyTorch is the fastest
	gomlx    string   // the built command; empty: without GoMLX
	log      io.Writer
}

// A result holds the measurements of one configuration.
type result struct {
	configuration
	dir     string // of the exported weights and batches
	rivals  map[string]*rival
	torch   string  // fastest variant
	torchMM float64 // billions of operations per second in torch.mm
}

// The rivals, by the names they have in results.
const (
	ours     = "ours"
	openblas = "ours, OpenBLAS"
	products = "products"
	stock    = "stock Gorgonia"
	pytorch  = "PyTorch"
	gomlx    = "GoMLX"
)

// children are the rivals that this command runs: the names of child processes and their environments.
var children = map[string]struct {
	child string
	env   []string
}{
	ours:     {"ours", []string{"GRADFLOW_BLAS=go"}},
	openblas: {"ours", []string{"GRADFLOW_BLAS=openblas"}},
	products: {"products", []string{"GRADFLOW_BLAS=go"}},
	stock:    {"stock", nil},
}

// measure trains all rivals of a configuration, interleaved.
func (s setup) measure(c configuration, names []string) (*result, error) {
	r, err := s.begin(c, names)
	if err != nil {
		return nil, err
	}
	defer r.stop()
	if _, err := r.agree(); err != nil {
		return nil, err
	}
	return r, s.race(r)
}

// begin starts all rivals of a configuration.
func (s setup) begin(c configuration, names []string) (*result, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if err := c.Export(dir, c.batch); err != nil {
		return nil, err
	}
	r := &result{configuration: c, dir: dir, rivals: make(map[string]*rival)}
	for _, name := range names {
		if err := s.join(r, name, dir); err != nil {
			r.stop()
			return nil, err
		}
	}
	return r, nil
}

// stop ends all rivals.
func (r *result) stop() {
	for _, rival := range r.rivals {
		rival.stop()
	}
	os.RemoveAll(r.dir)
}

// join starts a rival.
func (s setup) join(r *result, name, dir string) (err error) {
	switch name {
	case pytorch:
		if s.python == "" {
			return nil
		}
		if r.torch, err = s.fastestTorch(r, dir); err != nil {
			return err
		}
		if r.rivals[name], err = s.startTorch(dir, r.configuration); err == nil {
			r.rivals[name].variant = r.torch
		}
	case gomlx:
		if s.gomlx == "" || r.Norm { // GoMLX's pure-Go backend cannot train batch normalisation
			return nil
		}
		r.rivals[name], err = startGoMLX(s.gomlx, dir, r.configuration)
	default:
		child, found := children[name]
		if !found { // a recording
			child.child, child.env = name, children[ours].env
		}
		r.rivals[name], err = startSelf(child.child, r.configuration, child.env...)
	}
	return err
}

// forms are the variants of a PyTorch step: number of threads and form, in groups of the same number of threads.
var forms = [][]string{{"1/eager", "1/foreach", "1/traced"}, {"2/eager", "2/foreach", "2/traced"}}

// fastestTorch returns the fastest variant of PyTorch. Each number of threads runs in a separate process, while no other rival
// trains.
func (s setup) fastestTorch(r *result, dir string) (string, error) {
	best, least := "", math.Inf(1)
	for _, group := range forms {
		torch, err := s.startTorch(dir, r.configuration)
		if err != nil {
			return "", err
		}
		for _, form := range group {
			torch.variant = form
			time, err := s.calibrate(torch)
			if err != nil {
				return "", err
			}
			if time < least {
				best, least = form, time
			}
		}
		v, err := torch.ask("mm")
		if err != nil {
			return "", err
		}
		r.torchMM = v[0]
		if err := torch.stop(); err != nil {
			return "", err
		}
	}
	return best, nil
}

// calibrate measures a rival's time of a step, in milliseconds.
func (s setup) calibrate(r *rival) (float64, error) {
	warm, err := r.steps(6)
	if err != nil {
		return 0, err
	}
	n := max(2, int(s.block.Seconds()*1e3/warm.step))
	var times []float64
	for range 5 {
		sample, err := r.steps(n)
		if err != nil {
			return 0, err
		}
		times = append(times, sample.step)
	}
	return median(times), nil
}

// sameSteps is the number of steps that all rivals make before the race, to check that their losses agree.
const sameSteps = 20

// tolerance is the largest relative difference of the losses after these steps. It allows for float32 sums in another order,
// through up to 50 layers and 20 updates.
const tolerance = 5e-3

// agree lists the losses of all rivals. It returns an error if they differ, because the rivals then do not do the same work.
func (r *result) agree() (losses string, err error) {
	want := math.NaN()
	for _, name := range r.order() {
		rival := r.rivals[name]
		if name == products {
			continue
		}
		sample, err := rival.steps(sameSteps)
		if err != nil {
			return "", err
		}
		if name == ours {
			want = sample.loss
		}
		if !(math.Abs(sample.loss-want) <= tolerance*math.Abs(want)) {
			return "", errors.Errorf("run: %v: loss of %s after %d steps: got %g, want %g as ours (make both do the same work)",
				r.configuration, name, sameSteps, sample.loss, want)
		}
		losses += fmt.Sprintf("%s %.6g  ", name, sample.loss)
	}
	return losses, nil
}

// order lists the rivals of the race. Rivals that are compared with each other are neighbours.
func (r *result) order() []string {
	names := []string{ours}
	for _, recording := range recordings {
		names = append(names, recording.name)
	}
	names = append(names, pytorch, openblas, products, stock, gomlx)
	return slices.DeleteFunc(names, func(name string) bool { return r.rivals[name] == nil })
}

// race lets the rivals train, interleaved in blocks.
func (s setup) race(r *result) error {
	for round := range s.rounds {
		for _, name := range r.order() {
			rival := r.rivals[name]
			least := 3
			if name == stock || name == gomlx { // slow
				if least = 1; round%4 != 0 {
					continue
				}
			}
			first, err := rival.steps(max(least, rival.warm)) // wakes the process and its threads
			if err != nil {
				return err
			}
			n := max(1, int(s.block.Seconds()*1e3/first.step))
			rival.warm = n / 2
			if _, recording := findRecording(name); recording {
				// A recording reports ratios only, so the step time is taken from our own child.
				n, rival.warm = max(2*groupTurns*turnSteps, 10*int(s.block.Seconds()*1e3/r.rivals[ours].samples[round].step)), turnSteps
			}
			sample, err := rival.steps(n)
			if err != nil {
				return err
			}
			sample.round = round
			rival.samples = append(rival.samples, sample)
			time.Sleep(5 * time.Millisecond) // lets its threads fall asleep
		}
		fmt.Fprintf(s.log, "\r%v: round %d of %d ", r.configuration, round+1, s.rounds)
	}
	fmt.Fprintln(s.log)
	for _, rival := range r.rivals {
		rival.memory = rival.peak()
	}
	return nil
}
