package experiments

import (
	"math"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/pkg/errors"
)

// resultsName is the file of the numbers of demo degradation.
const resultsName = "degradation.json"

// A number may be NaN or infinite in JSON.
type number = profile.Number

// degradationResults are the numbers of all networks that were trained with the same settings.
type degradationResults struct {
	resultsFile[degradationSettings, degradationRun]
}

// degradationSettings are what the networks of a file have in common.
type degradationSettings struct {
	Train      int     `json:"train"`
	Validation int     `json:"validation"`
	Shape      string  `json:"shape"`
	Classes    int     `json:"classes"`
	Epochs     int     `json:"epochs"`
	Batch      int     `json:"batch"`
	Optimizer  string  `json:"optimizer"`
	Rate       float64 `json:"rate"`
	Augment    bool    `json:"augment"`
}

// String is the settings as flags, and the images.
func (s degradationSettings) String() string {
	augment := ""
	if s.Augment {
		augment = " -augment"
	}
	return say.Sprintf("-epochs %d -batch %d -optimizer %s -lr %g%s for %d training and %d validation images of shape %s in %d classes",
		s.Epochs, s.Batch, s.Optimizer, s.Rate, augment, s.Train, s.Validation, s.Shape, s.Classes)
}

// A degradationRun is one network with its numbers.
type degradationRun struct {
	twin
	TrainError []float64 `json:"train_error"` // share of the training images that are classified wrong, by epoch, while the network learns
	ValError   []float64 `json:"val_error"`   // of the validation images, after each epoch
	First      []number  `json:"first"`       // root mean square of dL/dz by layer, in the first step
	Training   []number  `json:"training"`    // the median over all recorded steps

	Before  imageShattering `json:"before"` // training
	After   imageShattering `json:"after"`
	Seconds float64         `json:"seconds"`
}

// check returns an error if a run has not an error for each epoch.
func (r degradationResults) check() error {
	for _, run := range r.Runs {
		if n, m := len(run.TrainError), len(run.ValError); n != r.Settings.Epochs || m != n {
			return errors.New(say.Sprintf("%s, seed %d: got training errors of %d epochs and validation errors of %d, want %d (remove the run)", run.twin, run.Seed, n, m, r.Settings.Epochs))
		}
	}
	return nil
}

// find is the run of a network; nil if it was not trained.
func (r degradationResults) find(t twin) *degradationRun {
	for i := range r.Runs {
		if r.Runs[i].twin == t {
			return &r.Runs[i]
		}
	}
	return nil
}

// of are the runs of some depths and seeds, in order of depth, plain ones first.
func (r degradationResults) of(depths []int, first uint64, seeds int) degradationResults {
	var chosen degradationResults
	chosen.Settings = r.Settings
	for _, depth := range depths {
		for _, residual := range []bool{false, true} {
			for i := range uint64(seeds) {
				if run := r.find(twin{depth, residual, first + i}); run != nil {
					chosen.Runs = append(chosen.Runs, *run)
				}
			}
		}
	}
	return chosen
}

// gradientRatio is the gradient of the first layer over that of the last hidden one.
func gradientRatio(sizes []number) float64 {
	if len(sizes) < 3 {
		return math.NaN()
	}
	return float64(sizes[0]) / float64(sizes[len(sizes)-2])
}
