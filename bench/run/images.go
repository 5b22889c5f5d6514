package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

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
func (s setup) allImages(only string) ([]*imageResult, error) {
	workloads, err := bench.ImageWorkloads()
	if err != nil || s.python == "" {
		return nil, err
	}
	return measured(workloads, only, s.measureImages)
}

// measured measures the workloads whose names contain a text.
func measured[W fmt.Stringer, R any](workloads []W, only string, measure func(W) (R, error)) (results []R, err error) {
	for _, w := range workloads {
		if !strings.Contains(w.String(), only) {
			continue
		}
		r, err := measure(w)
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
	torch, layouts := torchScript{title: w.String(), path: "images.py", dir: dir}, []string{"nchw", "channels_last"}
	if r.torch, err = s.fastest(torch, layouts, []string{"eager", "traced"}); err != nil {
		return nil, err
	}
	defer r.torch.stop()
	if !w.Train {
		if r.frozen, err = s.fastest(torch, layouts, []string{"frozen"}); err != nil {
			return nil, err
		}
		defer r.frozen.stop()
	}
	if r.ours, err = startProcess(ours, []string{"GRADFLOW_BLAS=go"}, "-child", "images", "-workload", w.String()); err != nil {
		return nil, err
	}
	defer r.ours.stop()
	if err := agreeOn(w.String(), sameImageSteps, r.rivals()); err != nil {
		return nil, err
	}
	return r, s.raceBlocks(w.String(), r.rivals())
}

// rivals lists ours, then PyTorch in its forms.
func (r *imageResult) rivals() []*rival {
	return slices.DeleteFunc([]*rival{r.ours, r.torch, r.frozen}, func(r *rival) bool { return r == nil })
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
