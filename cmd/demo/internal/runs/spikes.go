package runs

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing/spike"
)

// eventsName is the file of a run's spikes in the folder of their checkpoints.
const eventsName = "spikes.json"

// detector is the callback that finds the spikes of a run, keeps a checkpoint from before each, and tells of them.
func (r *trainingRun) detector(log io.Writer) *spike.Detector {
	folder := filepath.Join(r.path, spikesName)
	d := &spike.Detector{Checkpoints: filepath.Join(r.path, checkpointsName), Keep: folder}
	d.OnSpike = func(e spike.Event) error {
		say.Fprintf(log, "a spike in %s\n", e.In(say.Language))
		say.Fprintf(log, "what began it: demo replay -step %d %s\n", e.Step, printable.Text(r.path))
		r.unsaved = nil
		if err := writeEvents(folder, d.Events); err != nil {
			fmt.Fprintf(log, "demo: %s\n", printable.Text(err.Error()))
			r.unsaved = func() error { return writeEvents(folder, d.Events) } // once more at the end
		}
		return nil
	}
	return d
}

// writeEvents writes the spikes of a run.
func writeEvents(folder string, events []spike.Event) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return errors.Wrap(err, spikesName)
	}
	return files.Write(filepath.Join(folder, eventsName), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(events)
	})
}

// readEvents reads the spikes of a run; none if it had none.
func readEvents(run string) (events []spike.Event, err error) {
	path := filepath.Join(run, spikesName, eventsName)
	text, err := files.ReadRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &events)
	}
	return events, errors.Wrap(err, path)
}
