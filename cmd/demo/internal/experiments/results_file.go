package experiments

import (
	"encoding/json"
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
)

// A resultsFile is the numbers of all runs R of an experiment that have the settings S in common.
type resultsFile[S comparable, R any] struct {
	Settings S   `json:"settings"`
	Runs     []R `json:"runs"`
}

// readResults reads a file of numbers; there are none yet if there is no file. Those of other settings are refused.
func readResults[S comparable, R any](path string, want S) (resultsFile[S, R], error) {
	text, err := files.ReadRegular(path)
	if os.IsNotExist(err) {
		return resultsFile[S, R]{Settings: want}, nil
	}
	var r resultsFile[S, R]
	if err == nil {
		err = decodeWhole(text, &r)
	}
	if err != nil {
		return r, errors.Wrap(err, path)
	}
	if r.Settings != want {
		return r, errors.New(say.Sprintf("%s: got the settings %+v, want %+v (remove the file, or use another folder with -out)", path, r.Settings, want))
	}
	return r, nil
}

// save writes the numbers.
func (r resultsFile[S, R]) save(path string) error {
	return files.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	})
}
