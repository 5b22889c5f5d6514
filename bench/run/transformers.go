package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
)

// A transformerResult holds the measurements of one network on sequences.
type transformerResult struct {
	bench.TransformerWorkload
	ours, torch *rival
}

// compareTransformers measures networks on sequences against PyTorch and writes a table.
func compareTransformers(w io.Writer, quick bool, only string) error {
	s := newSetup(quick)
	results, err := s.allTransformers(only)
	if err != nil {
		return err
	}
	p := &page{w: w}
	p.transformers(results, s.coreType())
	return p.err
}

// allTransformers measures the networks whose names contain a text; none without PyTorch.
func (s setup) allTransformers(only string) (results []*transformerResult, err error) {
	for _, workload := range bench.TransformerWorkloads {
		if s.python == "" || !strings.Contains(workload.String(), only) {
			continue
		}
		r, err := s.measureTransformers(workload)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// measureTransformers lets both train a network, interleaved.
func (s setup) measureTransformers(w bench.TransformerWorkload) (*transformerResult, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	defer os.RemoveAll(dir)
	if err := w.Export(dir); err != nil {
		return nil, err
	}
	r := &transformerResult{TransformerWorkload: w}
	if r.torch, err = s.fastestTransformers(w, dir); err != nil {
		return nil, err
	}
	defer r.torch.stop()
	if r.ours, err = startProcess(ours, []string{"GRADFLOW_BLAS=go"}, "-child", "transformers", "-workload", w.String()); err != nil {
		return nil, err
	}
	defer r.ours.stop()
	if err := r.agree(); err != nil {
		return nil, err
	}
	return r, s.raceTransformers(r)
}

// startTransformers starts PyTorch.
func (s setup) startTransformers(dir string) (*rival, error) {
	return start("PyTorch", s.torchEnv, s.python, filepath.Join("bench", "torch", "transformers.py"), dir)
}

// fastestTransformers starts PyTorch in its fastest variant. Before, each number of threads runs in a separate process, while nothing else
// runs.
func (s setup) fastestTransformers(w bench.TransformerWorkload, dir string) (*rival, error) {
	best, least := "", math.Inf(1)
	for _, threads := range []string{"1", "2"} {
		torch, err := s.startTransformers(dir)
		if err != nil {
			return nil, err
		}
		for _, form := range []string{"layers", "products"} {
			torch.variant = threads + "/" + form
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
		if err := torch.stop(); err != nil {
			return nil, err
		}
	}
	torch, err := s.startTransformers(dir)
	if err == nil {
		torch.variant = best
	}
	return torch, err
}

// agree returns an error if the losses differ after some steps, because both then do not do the same work.
func (r *transformerResult) agree() error {
	a, err := r.ours.steps(sameImageSteps)
	if err != nil {
		return err
	}
	b, err := r.torch.steps(sameImageSteps)
	if err == nil && !(math.Abs(a.loss-b.loss) <= tolerance*math.Abs(b.loss)) {
		err = errors.Errorf("run: %v: loss after %d steps: got %g, want %g as PyTorch (make both do the same work)", r.TransformerWorkload, sameImageSteps, a.loss, b.loss)
	}
	return err
}

// raceTransformers measures both, interleaved in blocks of about 400 ms.
func (s setup) raceTransformers(r *transformerResult) error {
	rivals := []*rival{r.ours, r.torch}
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
		fmt.Fprintf(s.log, "\r%v: round %d of %d: %.2f ", r.TransformerWorkload, round+1, s.rounds, over(r.ours, r.torch).middle)
	}
	fmt.Fprintln(s.log)
	for _, rival := range rivals {
		rival.memory = rival.peak()
	}
	return nil
}

// transformers writes the table.
func (p *page) transformers(results []*transformerResult, coreType string) {
	p.f("## Transformers, against PyTorch\n\n")
	p.f("| network | ours, ms | PyTorch, ms | ours / PyTorch | aim | allocations | memory, MiB: ours, PyTorch |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		p.f("| %v | %.3g | %s | %v | %.1f | %.1f | %.0f, %.0f |\n", r.TransformerWorkload, median(r.ours.times()), timeOf(r.torch, r.torch.variant),
			over(r.ours, r.torch), r.Bar, lastAllocs(r.ours), r.ours.memory, r.torch.memory)
	}
	p.f(`
A step is forward, backward and an update by SGD, with cross-entropy at each position and without dropout. PyTorch runs with 1 or 2
threads, with nn.TransformerEncoderLayer or with its products written out; the fastest combination is measured, with %s.

`, coreType)
}

// newTransformers sets up the workload of a name.
func newTransformers(name string) (bench.Stepper, error) {
	for _, w := range bench.TransformerWorkloads {
		if w.String() == name {
			return bench.NewTransformers(w)
		}
	}
	return nil, errors.Errorf("run: unknown network: got %q", name)
}
