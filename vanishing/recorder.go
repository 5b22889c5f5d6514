package vanishing

import (
	"slices"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Recorder is a callback that records the gradients of a network during training. The zero value records the norms of every
// step, the details of every tenth step and the histograms of every hundredth; see [Record].
//
// It reads gradients and activations through taps on the program, without copying them. An optimiser that is an
// [optim.Measurer] measures parameters and updates while it moves them, in float32. The recorder does nothing in steps that are
// not recorded. It does not affect the training: all numbers are the same, bit by bit.
//
// The default settings cost some per cent of a step; docs/performance.md has figures, with the command that measures them.
//
// The number of records is bounded, however long the run. At MaxRecords records, every other record is dropped and the sampling
// interval doubles. At most 100 records keep their histograms. The profile's Sampling describes the kept records.
//
// A step of several batches (Trainer.Accumulate) has the gradients of parameters of all together. The sizes of the layers' gradients are root mean
// squares over the batches, by their weights in the update. All else of a layer is of the first batch whose samples have weight.
//
// In a training by several processes it records on rank 0: layers and histograms from the samples of this rank, gradients of parameters from
// those of all, and the norms of each rank's own gradients.
//
// A recorder follows one run at a time. A new run begins a new profile; one that goes on from a checkpoint goes on with its profile.
type Recorder struct {
	train.Base
	Name string // name of the network in reports

	// Steps are the steps to record; nil means every step. The last planned step is always recorded.
	Steps Schedule
	// Details are the recorded steps with details; nil means at least 10 steps apart. [Never] saves the cost of watching
	// activations.
	Details Schedule
	// Histograms are the recorded steps with histograms, which include details; nil means at least 100 steps apart.
	Histograms Schedule

	// Paths are the steps in which the path-length spectrum of a residual network is computed as well, see [PathSpectrum]; nil
	// means none. A spectrum takes many times as long as a step.
	Paths Schedule

	// Sharpness are the steps in which the curvature of the loss is measured as well, see [Sharpness]; nil means none. It takes
	// tens of gradients for each layer. Steps in which the optimiser has no sizes of gradients yet are left out.
	Sharpness Schedule

	// NoTheory skips the prediction of mean-field theory. The prediction takes some hundredths of a second, once, at the first
	// step of untrained parameters.
	NoTheory bool

	// Layers is a pattern for the paths of the layers to watch, such as "block*/dense1" (see path.Match); empty means all. The
	// profile holds only these layers and their parameters.
	Layers string
	// MaxRecords bounds the number of kept records; 0 means 1000, or 200,000 divided by the number of layers if that is less,
	// but at least 50.
	MaxRecords int

	profile   profile.Profile // without the records
	kept      []profile.Record
	probes    map[*graph.Program]*probe
	selection *stepSelection
	meter     optim.Measurer // measures parameters and updates in this step; nil if the recorder does
	targets   baseline
	before    map[string]*tensor.Dense // the parameters before the update; reused

	stepping bool        // a step has begun
	due      bool        // it is recorded
	tiers    tiers       // with these
	batches  accumulated // of a step of several batches

	epochs    epochLog
	steps     int
	began     time.Time     // start of the current step
	stepTime  time.Duration // of all steps
	extraTime time.Duration // of it, for the prediction of theory, the path spectra and the sharpness
	earlier   time.Duration // of recording, before the run was resumed
}

var _ train.RankZero = (*Recorder)(nil)

// RankZero says that one rank alone records.
func (r *Recorder) RankZero() {}

// Profile returns the profile recorded so far. Later steps do not change it.
func (r *Recorder) Profile() profile.Profile {
	p := r.profile
	p.Records = r.kept[:len(r.kept):len(r.kept)]
	if r.selection != nil {
		p.Sampling = r.sampling()
	}
	p.History = slices.Clone(r.epochs.list)
	p.Baseline, p.BaselineAccuracy, p.Targets = r.targets.loss(), r.targets.accuracy(), r.targets.size()
	p.Losses = r.targets.losses()
	p.Paths = withExpectation(p.Paths, p.Theory)
	if r.steps > 0 {
		p.Cost = &profile.Cost{Run: r.stepTime.Seconds(), Recording: r.recording().Seconds(), Once: r.extraTime.Seconds()}
	}
	return p
}

// recording estimates the time of all records.
func (r *Recorder) recording() time.Duration {
	cost := r.earlier
	for _, w := range r.probes {
		cost += w.clock.total()
	}
	return cost
}

func (r *Recorder) sampling() profile.Sampling {
	return profile.Sampling{
		Norms: r.selection.norms.String(), Details: r.selection.details.String(), Histograms: r.selection.histograms.String(),
		Layers: r.Layers, Steps: r.steps, Recorded: r.selection.due, Kept: len(r.kept),
	}
}
