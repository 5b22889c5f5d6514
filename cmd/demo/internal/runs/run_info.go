package runs

import (
	"encoding/json"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// infoName is the file that tells about a run what its settings do not.
const infoName = reportdir.InfoName

// The states of a run.
const (
	stateRunning  = "running"  // or killed
	stateFinished = "finished" // all epochs, or stopped early by -patience
	stateStopped  = "stopped"  // by a signal
	stateFailed   = "failed"   // by an error, or without its last or its best checkpoint
)

// A runInfo tells who made a run, when and where, and what a model needs to be used.
type runInfo struct {
	Version string   `json:"version"` // of gradflow
	Go      string   `json:"go"`
	Machine host     `json:"machine"`
	Seed    uint64   `json:"seed"`
	Network string   `json:"network"`
	Images  imageSet `json:"images"`
	Ranks   int      `json:"ranks,omitempty"` // processes that trained together last; absent without -dist
	// Vocabulary holds the characters of the text that the network has learnt, in the order of their numbers; empty for images.
	Vocabulary string `json:"vocabulary,omitempty"`

	Started time.Time   `json:"started"`
	Resumed []time.Time `json:"resumed,omitempty"`
	Ended   time.Time   `json:"ended,omitzero"`
	State   string      `json:"state"`
	Verdict string      `json:"verdict,omitempty"` // on the gradients
}

// A host is where a run was made. Other kernels may round otherwise.
type host struct {
	System   string `json:"system"`
	Cores    int    `json:"cores"`
	Products string `json:"products"` // kernels of matrix products
	Kernels  string `json:"kernels"`  // other kernels
}

// An imageSet describes the images that a network was trained on.
type imageSet struct {
	Channels int       `json:"channels"`
	Height   int       `json:"height"`
	Width    int       `json:"width"`
	Mean     []float64 `json:"mean"` // by channel; of the training images, whose values are 0 to 1
	Std      []float64 `json:"std"`
	Classes  []string  `json:"classes"`
	Rows     bool      `json:"rows"` // the network reads each image as a row of all its values
}

// kernels names those that results depend on.
func (h host) kernels() string { return h.Products + ", " + h.Kernels }

func thisHost() host {
	return host{
		System: runtime.GOOS + "/" + runtime.GOARCH, Cores: pool.Workers(), Products: kernel.Products().Name, Kernels: kernel.Kernels(),
	}
}

// imagesOf describes images (N, channels, height, width) before they are normalised.
func imagesOf(ds *data.Dataset, m data.Moments) imageSet {
	shape := ds.X.Shape()
	return imageSet{Channels: shape[1], Height: shape[2], Width: shape[3], Mean: m.Mean, Std: m.Std, Classes: ds.Classes}
}

// write writes the file to the folder of the run.
func (i runInfo) write(folder string) error {
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return errors.Wrap(err, infoName)
	}
	return files.Write(filepath.Join(folder, infoName), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// readInfo reads the file of a run.
func readInfo(folder string) (runInfo, error) {
	var i runInfo
	text, err := files.ReadRegular(filepath.Join(folder, infoName))
	if err != nil {
		return i, err
	}
	return i, errors.Wrap(json.Unmarshal(text, &i), filepath.Join(folder, infoName))
}
