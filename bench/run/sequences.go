package main

import (
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
)

// A sequenceResult holds the measurements of one recurrent network.
type sequenceResult struct {
	bench.SequenceWorkload
	ours, torch, stock *rival
}

// compareSequences measures recurrent networks against PyTorch and stock Gorgonia, and writes a table.
func compareSequences(w io.Writer, quick bool, only string) error {
	s := newSetup(quick)
	results, err := s.allSequences(only)
	if err != nil {
		return err
	}
	p := &page{w: w}
	p.sequences(results, s.coreType())
	return p.err
}

// allSequences measures the networks whose names contain a text; none without PyTorch.
func (s setup) allSequences(only string) ([]*sequenceResult, error) {
	if s.python == "" {
		return nil, nil
	}
	return measured(bench.SequenceWorkloads, only, s.measureSequences)
}

// measureSequences lets all train a network, interleaved.
func (s setup) measureSequences(w bench.SequenceWorkload) (r *sequenceResult, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	defer os.RemoveAll(dir)
	if err := w.Export(dir); err != nil {
		return nil, err
	}
	r = &sequenceResult{SequenceWorkload: w}
	defer func() {
		for _, rival := range r.rivals() {
			rival.stop()
		}
	}()
	torch := torchScript{title: w.String(), path: "sequences.py", dir: dir}
	if r.torch, err = s.fastest(torch, []string{"steps_first", "batch_first"}, []string{"eager", "traced"}); err != nil {
		return nil, err
	}
	if r.ours, err = startProcess(ours, []string{"GRADFLOW_BLAS=go"}, "-child", "sequences", "-workload", w.String()); err != nil {
		return nil, err
	}
	if w.Stock > 0 {
		if r.stock, err = startProcess(stock, nil, "-child", "stock sequences", "-workload", w.String()); err != nil {
			return nil, err
		}
	}
	if err := agreeOn(w.String(), sameSteps, r.rivals()); err != nil {
		return nil, err
	}
	return r, s.raceBlocks(w.String(), r.rivals())
}

// rivals lists ours, then the others that run.
func (r *sequenceResult) rivals() []*rival {
	return slices.DeleteFunc([]*rival{r.ours, r.torch, r.stock}, func(r *rival) bool { return r == nil })
}

// sequences writes the table.
func (p *page) sequences(results []*sequenceResult, coreType string) {
	p.f("## Recurrent networks, against PyTorch\n\n")
	p.f("| network | ours, ms | PyTorch, ms | ours / PyTorch | aim | stock / ours | allocations | memory, MiB: ours, PyTorch |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		p.f("| %v | %.3g | %s | %v | %.1f | %s | %.1f | %.0f, %.0f |\n", r.SequenceWorkload, median(r.ours.times()), timeOf(r.torch, r.torch.variant),
			over(r.ours, r.torch), r.Bar, ratioOf(r.stock, r.ours), lastAllocs(r.ours), r.ours.memory, r.torch.memory)
	}
	p.f(`
A step of training is forward, backward and an update by SGD, with a linear map from each state, or from the last one, to 10 classes.
The input is (batch, steps, features). PyTorch's nn.LSTM, nn.GRU and nn.RNN run with 1 or 2 threads, with the steps or the batch first,
eager or traced; the fastest combination is measured, with %s. Stock Gorgonia draws each step with its operations and
runs them on its TapeMachine.

`, coreType)
}

// newSequences sets up the workload of a name, of ours or of stock Gorgonia.
func newSequences(rival, name string) (bench.Stepper, error) {
	for _, w := range bench.SequenceWorkloads {
		switch {
		case w.String() != name:
		case rival == "stock sequences":
			return bench.NewStockSequences(w)
		default:
			return bench.NewSequences(w)
		}
	}
	return nil, errors.Errorf("run: unknown network: got %q", name)
}
