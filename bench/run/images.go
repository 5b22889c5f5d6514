package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
)

// An imageResult holds the measurements of one convolutional network.
type imageResult struct {
	bench.ImageWorkload
	ours, torch, frozen *rival
}

// sameImageSteps is the number of steps after which the losses are compared.
const sameImageSteps = 3

// compareImages measures convolutional networks against PyTorch and writes a table.
func compareImages(w io.Writer, quick bool, only string) error {
	s := newSetup(quick)
	results, err := s.allImages(only)
	if err != nil {
		return err
	}
	p := &page{w: w}
	p.images(results, s.coreType())
	return p.err
}

// allImages measures the networks whose names contain a text; none without PyTorch.
func (s setup) allImages(only string) (results []*imageResult, err error) {
	workloads, err := bench.ImageWorkloads()
	if err != nil || s.python == "" {
		return nil, err
	}
	for _, workload := range workloads {
		if !strings.Contains(workload.String(), only) {
			continue
		}
		r, err := s.measureImages(workload)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// measureImages lets both train or evaluate a network, interleaved.
func (s setup) measureImages(w bench.ImageWorkload) (*imageResult, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	defer os.RemoveAll(dir)
	if err := w.Export(dir); err != nil {
		return nil, err
	}
	r := &imageResult{ImageWorkload: w}
	if r.torch, err = s.fastestImages(w, dir, "eager", "traced"); err != nil {
		return nil, err
	}
	defer r.torch.stop()
	if !w.Train {
		if r.frozen, err = s.fastestImages(w, dir, "frozen"); err != nil {
			return nil, err
		}
		defer r.frozen.stop()
	}
	if r.ours, err = startProcess(ours, []string{"GRADFLOW_BLAS=go"}, "-child", "images", "-workload", w.String()); err != nil {
		return nil, err
	}
	defer r.ours.stop()
	if err := r.agree(); err != nil {
		return nil, err
	}
	return r, s.raceImages(r)
}

// startImages starts PyTorch.
func (s setup) startImages(dir string) (*rival, error) {
	return start("PyTorch", s.torchEnv, s.python, filepath.Join("bench", "torch", "images.py"), dir)
}

// fastestImages starts PyTorch in its fastest variant of some forms. Before, each number of threads runs in a separate process, while
// nothing else runs.
func (s setup) fastestImages(w bench.ImageWorkload, dir string, forms ...string) (*rival, error) {
	best := ""
	least := math.Inf(1)
	for _, threads := range []string{"1", "2"} {
		torch, err := s.startImages(dir)
		if err != nil {
			return nil, err
		}
		for _, layout := range []string{"nchw", "channels_last"} {
			for _, form := range forms {
				torch.variant = threads + "/" + layout + "/" + form
				sample, err := torch.steps(3)
				if err == nil {
					sample, err = torch.steps(s.count(sample))
				}
				if err != nil {
					return nil, err
				}
				fmt.Fprintf(s.log, "%v: PyTorch %s %.1f ms\n", w, torch.variant, sample.step)
				if sample.step < least {
					least, best = sample.step, torch.variant
				}
			}
		}
		if err := torch.stop(); err != nil {
			return nil, err
		}
	}
	torch, err := s.startImages(dir)
	if err == nil {
		torch.variant = best
	}
	return torch, err
}

// count is the number of steps in a block, given some.
func (s setup) count(sample sample) int { return max(3, int(5*s.block.Seconds()*1e3/sample.step)) }

// agree returns an error if the losses differ after some steps, because both then do not do the same work.
func (r *imageResult) agree() error {
	a, err := r.ours.steps(sameImageSteps)
	if err != nil {
		return err
	}
	for _, torch := range r.rivals()[1:] {
		b, err := torch.steps(sameImageSteps)
		if err != nil {
			return err
		}
		if !(math.Abs(a.loss-b.loss) <= tolerance*math.Abs(b.loss)) {
			return errors.Errorf("run: %v: loss after %d steps: got %g, want %g as PyTorch (make both do the same work)", r.ImageWorkload, sameImageSteps, a.loss, b.loss)
		}
	}
	return nil
}

// rivals lists ours, then PyTorch in its forms.
func (r *imageResult) rivals() []*rival {
	return slices.DeleteFunc([]*rival{r.ours, r.torch, r.frozen}, func(r *rival) bool { return r == nil })
}

// raceImages measures all, interleaved in blocks of about 400 ms.
func (s setup) raceImages(r *imageResult) error {
	for round := range s.rounds {
		for _, rival := range r.rivals() {
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
		fmt.Fprintf(s.log, "\r%v: round %d of %d: %.2f ", r.ImageWorkload, round+1, s.rounds, over(r.ours, r.torch).middle)
	}
	fmt.Fprintln(s.log)
	for _, rival := range r.rivals() {
		rival.memory = rival.peak()
	}
	return nil
}

// images writes the table.
func (p *page) images(results []*imageResult, coreType string) {
	p.f("## Convolutional networks, against PyTorch\n\n")
	p.f("| network | ours, ms | PyTorch, ms | ours / PyTorch | aim | ours / frozen | allocations | memory, MiB: ours, PyTorch |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		p.f("| %v | %.3g | %s | %v | %.1f | %s | %.1f | %.0f, %.0f |\n", r.ImageWorkload, median(r.ours.times()), timeOf(r.torch, r.torch.variant),
			over(r.ours, r.torch), r.Bar, ratioOf(r.ours, r.frozen), lastAllocs(r.ours), r.ours.memory, r.torch.memory)
	}
	p.f(`
A step of training is forward, backward and an update by SGD; one of evaluation is outputs and loss. PyTorch runs with 1 or 2 threads,
in NCHW or channels-last, eager or traced; the fastest combination is measured, with %s. In evaluation it can also be
frozen (optimize_for_inference): batch normalisation is folded into the weights, which are prepared once and cannot change any more.

`, coreType)
}

// newImages sets up the workload of a name.
func newImages(name string) (bench.Stepper, error) {
	workloads, err := bench.ImageWorkloads()
	if err != nil {
		return nil, err
	}
	for _, w := range workloads {
		if w.String() == name {
			return bench.NewImages(w)
		}
	}
	return nil, errors.Errorf("run: unknown network: got %q", name)
}
