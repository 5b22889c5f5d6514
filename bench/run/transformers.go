package main

import (
	"io"
	"os"

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
func (s setup) allTransformers(only string) ([]*transformerResult, error) {
	return measured(bench.TransformerWorkloads, only, s.measureTransformers)
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
	torch := torchScript{title: w.String(), path: "transformers.py", dir: dir}
	if r.torch, err = s.fastest(torch, []string{"batch_first"}, []string{"layers", "products"}); err != nil {
		return nil, err
	}
	defer r.torch.stop()
	if r.ours, err = startProcess(ours, []string{"GRADFLOW_BLAS=go"}, "-child", "transformers", "-workload", w.String()); err != nil {
		return nil, err
	}
	defer r.ours.stop()
	rivals := []*rival{r.ours, r.torch}
	if err := agreeOn(w.String(), sameImageSteps, rivals); err != nil {
		return nil, err
	}
	return r, s.raceBlocks(w.String(), rivals)
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
