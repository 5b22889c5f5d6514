package train

import (
	"context"
	"reflect"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// A Trainer fits a model to data. Model and Loss are needed, or Losses in place of Loss; the zero value of every other field is
// a default.
//
// The inputs of the model are the columns of the dataset: X, which is called "input", and Dataset.Columns. The model's Apply gets
// the first; layers ask for any of them by graph.Builder.Input. Targets are columns too: Y, which is called "target", or the
// columns that Losses name.
//
// [Trainer.Predict] and [Trainer.Evaluate] may be called from several goroutines at once, but not while Fit moves the
// parameters they read. Model, Loss and Losses must stay the same once the trainer has been used, and a trainer must not be copied.
type Trainer struct {
	Model graph.Model
	Loss  graph.Loss
	// Losses takes the place of Loss where there are several losses, or where the loss reads another output or target.
	Losses []graph.Objective

	// Optimizer moves the parameters; nil means &optim.Adam{}, made at the first Fit and kept here. It keeps its state, such as
	// the momentum, from one Fit to the next.
	Optimizer optim.Optimizer
	// Metrics are computed beside the loss in Evaluate and validation, from the output and target of Loss, or of the first of Losses.
	// Their values are in Scores.Metrics.
	Metrics []metric.Metric

	// StandardizeInputs brings each feature of X to mean 0 and standard deviation 1 before the model, by moments that the first Fit
	// measures in the training set; later ones, and those over loaded parameters, keep the moments that these have. Features lie along axis 1: columns of tables, and channels of (batch, channels, ...); for sequences
	// (batch, time, features) set FeaturesLast. The moments are parameters, saved and loaded with the weights: whoever loads the parameters
	// sets this too, and predicts from values in their own units. See [graph.Standardized].
	StandardizeInputs bool
	// StandardizeTargets does the same with Y, for losses of numbers. Predictions, and the metrics, are in the units of Y. The
	// loss, and its scores, are those of standardised numbers: a squared error of 1 is that of the mean of the targets.
	StandardizeTargets bool
	// FeaturesLast says that X and Y have their features along the last axis, as sequences do. Only the two fields above read it.
	FeaturesLast bool

	// Schedule changes the learning rate: that of each step is the optimiser's own, times the schedule's factor. A callback may
	// change it again in BeforeStep. A schedule that observes, as [schedule.Plateau], sees the validation loss after each epoch, or the
	// training loss without validation data, and keeps its state from one Fit to the next. nil means the same rate in all steps.
	Schedule schedule.Schedule
	// Monitor names the metric of the validation data that Schedule observes; empty means the loss.
	Monitor string
	// Params holds the parameters; nil means new ones of Dtype, drawn from Seed, made at the first use and kept here.
	Params *graph.Params
	// Dtype is the type of the parameters and of the data, tensor.Float32 or tensor.Float64. The zero value means the type of
	// Params, or tensor.Float32 without Params.
	Dtype tensor.Dtype

	Epochs    int  // passes through the training set; 0 means 10
	BatchSize int  // samples in a training step; 0 means 64, or all if there are fewer
	DropLast  bool // leave out the last batch of an epoch if it is smaller
	NoShuffle bool // keep the order of the training set

	// Augment changes each training sample on its way into a batch, such as the random crops of package data/augment, in this
	// order. The validation set stays as it is. What is random depends on Seed, the epoch and the number of the sample alone.
	Augment []data.Transform
	// Workers is the number of goroutines that prepare training batches while earlier steps run; 0 means 1 with Augment, and
	// without it each batch is prepared before its step. It changes no numbers. Run.Waiting tells how long the steps wait for batches.
	Workers int
	// Accumulate is the number of batches whose gradients make one update; 0 means 1. The update is that of one batch of all their
	// samples, except that batch normalisation sees them batch by batch. Several losses must then be sums, or means without weights. At the
	// end of an epoch fewer batches may be left for it. To
	// callbacks all of them are one step: BeforeStep is called before the last of them, and the loss of the step is their mean. Taps that
	// are set all the time see each batch; a [BatchWatcher] can look at each, as a recorder does. A step whose samples all have weight 0 moves
	// nothing, with or without Accumulate, see Run.Weightless.
	Accumulate int
	// AverageDecay is the weight of the past in an exponential moving average of all parameters, running statistics included; 0 is
	// none, 0.999 is usual. The average begins at the values after the first update. [Trainer.Evaluate], [Trainer.Predict] and
	// validation then use the averages, as long as it is set.
	AverageDecay float64
	// Averaged holds these averages, made at the first Fit with an AverageDecay and kept here.
	Averaged *graph.Params

	// EvalBatchSize is the largest number of samples that Evaluate, Predict and validation compute at once; 0 means 1000. It
	// changes the numbers by rounding only.
	EvalBatchSize int
	// Seed decides all that is random: first values, shuffles, augmentation, dropout. The same seed gives the same numbers, bit by bit.
	Seed uint64
	// Callbacks follow the run, in this order.
	Callbacks []Callback

	// Checkpoints is the folder of the run's checkpoints; nil means none. Fit writes them between steps and at its end, and goes on from the
	// newest whole one if the folder holds some: at the same step of the same epoch and to the same numbers, bit by bit, as if
	// it had never been stopped. What goes on are parameters, optimiser, schedule, averages, all sources of random numbers, the history and
	// callbacks that are a [checkpoint.Stateful]. Training data, Model, BatchSize, Seed and the like must be the same, and Epochs may
	// be more. A run whose epochs are over, or that a callback has ended, makes no further step.
	Checkpoints *checkpoint.Folder
	// Resume is the checkpoint from which the next Fit goes on, in place of the newest of Checkpoints; nil means that one.
	Resume *checkpoint.Checkpoint

	// Comm connects the ranks of a training by several processes, each with a Trainer of the same fields and the same data; nil is a
	// process alone. A step takes BatchSize samples on each rank, and moves the parameters of all by the gradient of the loss of all
	// these samples, as one process would with Comm.Size() times the BatchSize: shuffles, losses and scores are the same but for
	// rounding. Several losses must be such as Accumulate takes. The parameters are those of rank 0. Running statistics are means over the ranks after each step.
	//
	// Callbacks run on every rank and see the common gradients; Run.Rank tells which one it is. [RankZero] ones, such as [Logger] and
	// [Progress], run on rank 0 alone, and Checkpoints are written there, in a folder that all ranks see. If a callback stops one rank, or its ctx is done, all stop after the same step. An error on one rank ends all.
	// Callbacks that change Run.Epochs do so on rank 0. Streams are for a process alone.
	Comm dist.Comm
	// SplitBatch makes BatchSize that of all ranks together, which is split between them as evenly as can be. A run then makes the same
	// steps on any number of ranks, and can go on from its checkpoints on another.
	SplitBatch bool
	// SyncBatchNorm lets batch normalisation use the moments of the batches of all ranks together, as one process would. Otherwise, as in
	// PyTorch, each rank normalises by its own batch, and N ranks differ from one. The backward pass then waits for the other ranks in each
	// such layer, and sums of gradients begin after it. Losses must be means over the samples.
	SyncBatchNorm bool

	standards standards  // measured by Fit
	programs  programs   // for evaluation and prediction
	preparing sync.Mutex // held while Params are made
}

var errNoContext = errors.New("train: the context is nil: give context.Background() if nothing is to stop the run")

// prepare checks the configuration and makes the parameters if there are none.
func (t *Trainer) prepare(ctx context.Context) error {
	if isNil(ctx) {
		return errNoContext
	}
	t.preparing.Lock()
	defer t.preparing.Unlock()
	if err := t.validate(); err != nil {
		return err
	}
	if t.Params == nil {
		t.Params = graph.NewParams(t.dtype(), t.Seed)
	}
	return t.checkAverages()
}

func (t *Trainer) validate() error {
	if isNil(t.Model) {
		return errors.New("train: Trainer.Model is nil")
	}
	if err := t.validateLosses(); err != nil {
		return err
	}
	if t.Epochs < 0 || t.BatchSize < 0 || t.EvalBatchSize < 0 {
		return errors.Errorf("train: a size is negative: got Epochs %d, BatchSize %d and EvalBatchSize %d, want positive numbers, "+
			"or 0 for the default", t.Epochs, t.BatchSize, t.EvalBatchSize)
	}
	if t.Accumulate < 0 {
		return errors.Errorf("train: Trainer.Accumulate: got %d, want a positive number of batches, or 0 for 1", t.Accumulate)
	}
	if !(t.AverageDecay >= 0 && t.AverageDecay < 1) {
		return errors.Errorf("train: Trainer.AverageDecay: got %g, want a number in [0, 1)", t.AverageDecay)
	}
	if t.Schedule != nil && isNil(t.Schedule) {
		return errors.Errorf("train: Trainer.Schedule is a nil %T: give a schedule, such as schedule.Cosine{}, or leave it out", t.Schedule)
	}
	if t.Optimizer != nil && isNil(t.Optimizer) {
		return errors.Errorf("train: Trainer.Optimizer is a nil %T: give an optimiser, such as &optim.Adam{}, or leave it out", t.Optimizer)
	}
	if t.Params != nil && t.Params.Dtype() == (tensor.Dtype{}) {
		return errors.New("train: Trainer.Params have no element type: make them with graph.NewParams, or leave them out")
	}
	if dt := t.dtype(); dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("train: Trainer.Dtype: got %v, want tensor.Float32 or tensor.Float64", dt)
	}
	if t.Params != nil && t.dtype() != t.Params.Dtype() {
		return errors.Errorf("train: Trainer.Dtype is not the type of Params: got %v, want %v (leave Dtype out)", t.Dtype, t.Params.Dtype())
	}
	for i, c := range t.Callbacks {
		if isNil(c) {
			return errors.Errorf("train: callback %d is nil", i)
		}
	}
	if err := t.validateStandardize(); err != nil {
		return err
	}
	if t.Checkpoints != nil {
		if err := t.Checkpoints.Validate(); err != nil {
			return errors.Wrap(err, "train: Trainer.Checkpoints")
		}
	}
	return t.validateMetrics()
}

func (t *Trainer) validateMetrics() error {
	names := make(map[string]bool)
	for i, m := range t.Metrics {
		if isNil(m) {
			return errors.Errorf("train: Trainer.Metrics[%d] is nil", i)
		}
		if names[m.Name()] {
			return errors.Errorf("train: Trainer.Metrics: got two of the name %q, want different names", m.Name())
		}
		names[m.Name()] = true
	}
	if t.Monitor != "" && !names[t.Monitor] {
		return errors.Errorf("train: Trainer.Monitor: got %q, want the name of one of Trainer.Metrics, or nothing for the loss", t.Monitor)
	}
	return nil
}

func (t *Trainer) validateLosses() error {
	if len(t.Losses) == 0 && isNil(t.Loss) {
		return errors.New("train: Trainer.Loss is nil: give one, such as graph.CrossEntropy{} for classes or graph.MSE{} for numbers")
	}
	if len(t.Losses) > 0 && t.Loss != nil {
		return errors.New("train: got both Trainer.Loss and Trainer.Losses, want one of them")
	}
	for i, o := range t.Losses {
		if isNil(o.Loss) {
			return errors.Errorf("train: Trainer.Losses[%d] has no Loss", i)
		}
	}
	return nil
}

// isNil tells whether an interface is nil or holds a nil pointer.
func isNil(v any) bool {
	value := reflect.ValueOf(v)
	return v == nil || value.Kind() == reflect.Pointer && value.IsNil()
}

func (t *Trainer) dtype() tensor.Dtype {
	if t.Dtype != (tensor.Dtype{}) {
		return t.Dtype
	}
	if t.Params != nil {
		return t.Params.Dtype()
	}
	return tensor.Float32
}

// batchSize is the size of a full batch of n samples, of all ranks together.
func (t *Trainer) batchSize(n int) (int, error) {
	parts := t.ranks() // of a batch, each of BatchSize
	if t.SplitBatch {
		parts = 1
	}
	most := n / parts
	if t.BatchSize > most || most == 0 {
		return 0, errors.Errorf("train: Trainer.BatchSize is larger than the training set: got %d, want at most %d, "+
			"the number of samples of each rank, or 0 for the default", t.BatchSize, most)
	}
	size := parts * min(orDefault(t.BatchSize, 64), most)
	if size < t.ranks() {
		return 0, errors.Errorf("train: Trainer.BatchSize: got %d, want at least 1 for each of %d ranks", size, t.ranks())
	}
	return size, nil
}

// workers is the number of goroutines that prepare batches.
func (t *Trainer) workers() int {
	if len(t.Augment) > 0 {
		return orDefault(t.Workers, 1)
	}
	return t.Workers
}

func orDefault(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}
