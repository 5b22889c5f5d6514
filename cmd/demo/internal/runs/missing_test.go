package runs

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// A trigger is a log that acts when it first holds a text, before the training goes on.
type trigger struct {
	bytes.Buffer
	text string
	act  func()
}

// Write implements io.Writer.
func (w *trigger) Write(b []byte) (int, error) {
	w.Buffer.Write(b)
	if w.act != nil && strings.Contains(w.String(), w.text) {
		w.act()
		w.act = nil
	}
	return len(b), nil
}

// A run whose last checkpoint could not be written has not kept its weights: its exit status is 1, also after a signal.
func TestLastCheckpointIsMissing(t *testing.T) {
	images := demotest.IDXFolder(t)
	for name, c := range map[string]struct {
		flags     string
		interrupt bool
		state     string
		want      string
	}{
		"finished":              {"", false, stateFailed, "the last one, is missing"},
		"interrupted":           {"", true, stateStopped, "the last one, is missing"},
		"required":              {"-save-required", false, stateFailed, "could not be written, there is none yet"},
		"required, interrupted": {"-save-required", true, stateStopped, "could not be written, there is none yet"},
		"the best too":          {"-best val_loss", false, stateFailed, "the best one, is missing"},
	} {
		folder := filepath.Join(t.TempDir(), "run")
		args := append([]string{"train", "-data", images, "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "3", "-save-every", "1h", "-out", folder}, strings.Fields(c.flags)...)
		ctx, cancel := context.WithCancel(t.Context())
		log := &trigger{text: "epoch 2/", act: func() {
			if err := os.RemoveAll(filepath.Join(folder, checkpointsName)); err != nil {
				t.Error(err)
			}
			if c.interrupt {
				cancel()
			}
		}}
		status := app.Run(ctx, args, io.Discard, log)
		cancel()
		info, err := readInfo(folder)
		if status != console.ExitFailure || err != nil || info.State != c.state || !strings.Contains(log.String(), c.want) {
			t.Errorf("%s: status %d, want %d; state %q, want %q (%v); want %q in\n%s", name, status, console.ExitFailure, info.State, c.state, err, c.want, log.String())
		}
		if strings.Contains(log.String(), "earlier ones are whole") || strings.Contains(log.String(), "interrupted") != c.interrupt {
			t.Errorf("%s:\n%s", name, log.String())
		}
	}
}
