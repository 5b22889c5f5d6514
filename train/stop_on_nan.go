package train

import (
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/train/dist"
)

// ErrNonFinite is the cause of the error by which a [StopOnNaN] ends a run.
var ErrNonFinite = errors.New("train: the loss or a gradient is NaN or infinite")

// StopOnNaN is a callback that ends a run with an error, before the parameters move, when the loss or the norm of the gradients is NaN
// or infinite. It computes the batch once more to find the first node whose value is not finite, and names it in the error. With a
// Folder it writes the batch to a safetensors file there: its columns by name, the numbers of its samples as "sample_numbers", and step,
// epoch, loss and node as metadata. With Trainer.Accumulate it looks at each batch of a step. Of several ranks, those whose own gradients
// are bad do this.
//
// The checkpoints of the run stay: it can be resumed with other data or a lower rate.
type StopOnNaN struct {
	Base
	Folder string // for the batch; made if it does not exist; empty writes none

	Node string // the first bad node, and what it was computed from; empty before it was found
	File string // that was written

	sources map[*graph.Program][]*rand.PCG
	states  []rand.PCG // of the sources before the step
}

var _ BatchWatcher = (*StopOnNaN)(nil)

// Begin forgets an earlier run.
func (s *StopOnNaN) Begin(*Run) error {
	s.Node, s.File, s.sources = "", "", make(map[*graph.Program][]*rand.PCG)
	return nil
}

// Compiled finds the sources of random numbers of a program.
func (s *StopOnNaN) Compiled(_ *Run, p *graph.Program) error {
	s.sources[p] = p.RandomSources()
	return nil
}

// BeforeStep notes the states of the sources, so that the batch can be computed once more.
func (s *StopOnNaN) BeforeStep(r *Run) error {
	s.states = s.states[:0]
	for _, source := range s.sources[r.Program] {
		s.states = append(s.states, *source)
	}
	return nil
}

// BeforeUpdate looks at the loss and the gradients.
func (s *StopOnNaN) BeforeUpdate(r *Run) error { return s.look(r, r.BatchLoss) }

// BeforeBatch notes the states of the sources.
func (s *StopOnNaN) BeforeBatch(r *Run) error { return s.BeforeStep(r) }

// AfterBatch looks at a batch whose gradients wait for a later one.
func (s *StopOnNaN) AfterBatch(r *Run) error { return s.look(r, r.Program.LossValue()) }

// look ends the run if a loss or the gradients of the program are not finite.
func (s *StopOnNaN) look(r *Run, loss float64) error {
	norm := commonNorm(r)
	switch {
	case math.IsNaN(loss - loss):
		r.NonFinite = "loss"
	case math.IsNaN(norm - norm):
		r.NonFinite = "gradient"
	default:
		return nil
	}
	if err := blamed(r); err != nil {
		return err
	}
	s.Node = s.find(r)
	text := fmt.Sprintf("loss %g, gradient norm %g; the first bad value: %s", loss, norm, s.Node)
	if s.Folder == "" {
		return errors.Wrap(ErrNonFinite, text)
	}
	if err := s.dump(r, loss); err != nil {
		return errors.Wrapf(ErrNonFinite, "%s; the batch could not be written: %v", text, err)
	}
	return errors.Wrapf(ErrNonFinite, "%s; the batch is in %s", text, s.File)
}

// blamed is an error, by which this rank waits for the end of all, if the gradients of its own samples are finite and those of another rank's
// are not.
func blamed(r *Run) error {
	finite := func(rank int) bool { return r.RankNorms[rank]-r.RankNorms[rank] == 0 }
	if r.RankNorms == nil || !finite(r.Rank) {
		return nil
	}
	for rank := range r.RankNorms {
		if !finite(rank) {
			return errors.Wrapf(dist.ErrAborted, "gradient norm %g on rank %d", r.RankNorms[rank], rank)
		}
	}
	return nil
}

// find computes the batch once more, and gives the error of the machine, which names the first bad node.
func (s *StopOnNaN) find(r *Run) string {
	if r.synced {
		return "not looked for, as batch normalisation is synchronised over the ranks"
	}
	for i, source := range s.sources[r.Program] {
		*source = s.states[i]
	}
	for _, p := range r.Params.All() {
		if l2 := norm(p.Value); math.IsNaN(l2 - l2) {
			return fmt.Sprintf("parameter %s, before the step", p.Name)
		}
	}
	m := r.Program.Machine()
	m.WatchNonFinite(true)
	defer m.WatchNonFinite(false)
	err := r.Program.RunNamed(r.Program.Fed())
	switch {
	case err == nil:
		return "none when the batch is computed once more"
	case !errors.Is(err, machine.ErrNonFinite):
		return fmt.Sprintf("not found: %v", err)
	}
	return err.Error()
}

// dump writes the batch.
func (s *StopOnNaN) dump(r *Run, loss float64) error {
	if err := os.MkdirAll(s.Folder, 0o755); err != nil {
		return err
	}
	var list []safetensors.Named
	fed := r.Program.Fed()
	for _, name := range slices.Sorted(maps.Keys(fed)) {
		list = append(list, safetensors.Named{Name: name, Value: fed[name]})
	}
	if samples := r.Samples(); len(samples) > 0 {
		numbers := tensor.New(tensor.WithShape(len(samples)), tensor.WithBacking(slices.Clone(samples)))
		list = append(list, safetensors.Named{Name: "sample_numbers", Value: numbers})
	}
	about := map[string]string{
		"step": strconv.Itoa(r.Step), "epoch": strconv.Itoa(r.Epoch), "loss": fmt.Sprint(loss), "node": s.Node,
	}
	name := fmt.Sprintf("nan-step-%010d", r.Step)
	if r.Ranks > 1 {
		name += fmt.Sprintf("-rank-%d", r.Rank)
	}
	path := filepath.Join(s.Folder, name+".safetensors")
	if err := files.Write(path, func(w io.Writer) error { return safetensors.Write(w, about, list...) }); err != nil {
		return err
	}
	s.File = path
	return nil
}
