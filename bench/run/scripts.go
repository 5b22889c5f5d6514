package main

import (
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
)

// A torchScript is a program in bench/torch that runs a network in several variants: threads/layout/form.
type torchScript struct {
	title string // of the network
	path  string
	dir   string // with the network
}

func (s setup) startScript(t torchScript) (*rival, error) {
	return start("PyTorch", s.torchEnv, s.python, filepath.Join("bench", "torch", t.path), t.dir)
}

// fastest starts PyTorch in its fastest variant. Before, each number of threads runs in a separate process, while nothing else runs.
func (s setup) fastest(t torchScript, layouts, forms []string) (*rival, error) {
	best, least := "", math.Inf(1)
	for _, threads := range []string{"1", "2"} {
		torch, err := s.startScript(t)
		if err != nil {
			return nil, err
		}
		for _, layout := range layouts {
			for _, form := range forms {
				torch.variant = threads + "/" + layout + "/" + form
				sample, err := torch.steps(3)
				if err == nil {
					sample, err = torch.steps(s.count(sample))
				}
				if err != nil {
					return nil, err
				}
				fmt.Fprintf(s.log, "%s: PyTorch %s %.1f ms\n", t.title, torch.variant, sample.step)
				if sample.step < least {
					least, best = sample.step, torch.variant
				}
			}
		}
		if err := torch.stop(); err != nil {
			return nil, err
		}
	}
	torch, err := s.startScript(t)
	if err == nil {
		torch.variant = best
	}
	return torch, err
}

// count is the number of steps in a block, given some.
func (s setup) count(sample sample) int { return max(3, int(5*s.block.Seconds()*1e3/sample.step)) }

// agreeOn returns an error if the losses of the first rival and of the others differ after some steps, because they then do not do the
// same work.
func agreeOn(title string, steps int, rivals []*rival) error {
	first, err := rivals[0].steps(steps)
	if err != nil {
		return err
	}
	for _, other := range rivals[1:] {
		b, err := other.steps(steps)
		if err != nil {
			return err
		}
		if !(math.Abs(first.loss-b.loss) <= tolerance*math.Abs(b.loss)) {
			return errors.Errorf("run: %s: loss after %d steps: got %g, want %g as %s (make all do the same work)", title, steps, first.loss, b.loss, other.name)
		}
	}
	return nil
}

// raceBlocks measures rivals, interleaved in blocks of about 400 ms.
func (s setup) raceBlocks(title string, rivals []*rival) error {
	for round := range s.rounds {
		for _, rival := range rivals {
			first, err := rival.steps(2) // wakes the process and its threads
			if err != nil {
				return err
			}
			sample, err := rival.steps(s.count(first))
			if err != nil {
				return err
			}
			sample.round = round
			rival.samples = append(rival.samples, sample)
			time.Sleep(5 * time.Millisecond) // lets its threads fall asleep
		}
		fmt.Fprintf(s.log, "\r%s: round %d of %d: %.2f ", title, round+1, s.rounds, over(rivals[0], rivals[1]).middle)
	}
	fmt.Fprintln(s.log)
	for _, rival := range rivals {
		rival.memory = rival.peak()
	}
	return nil
}
