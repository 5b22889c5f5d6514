package experiments

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// resultsName is the file of the numbers of the experiment.
const resultsName = "degradation.json"

// A number may be NaN or infinite in JSON.
type number = profile.Number

// degradationResults are the numbers of all networks that were trained with the same settings.
type degradationResults struct {
	Settings degradationSettings `json:"settings"`
	Runs     []degradationRun    `json:"runs"`
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

// readResults reads the numbers in a folder; none if there is no file. Those of other settings are refused.
func readResults(folder string, want degradationSettings) (degradationResults, error) {
	path := filepath.Join(folder, resultsName)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return degradationResults{Settings: want}, nil
	}
	var r degradationResults
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return r, errors.Wrap(err, path)
	}
	if r.Settings != want {
		return r, errors.New(say.Sprintf("%s: got the settings %+v, want %+v (remove the file, or use another folder with -out)", path, r.Settings, want))
	}
	return r, nil
}

// save writes the numbers to a folder.
func (r degradationResults) save(folder string) error {
	return files.Write(filepath.Join(folder, resultsName), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	})
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
	chosen := degradationResults{Settings: r.Settings}
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
