package train

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// The best checkpoint by a score is kept. A score that does not exist is an error at the end of the first epoch.
func TestBestCheckpoint(t *testing.T) {
	train, val := sets(t)
	tr := resumable()["plain"]
	tr.Checkpoints = &checkpoint.Folder{Path: t.TempDir(), Keep: 1, Best: "val_loss"}
	tr.Epochs, tr.Callbacks = 4, []Callback{&scored{losses: []float64{3, 1, 2, 2}}}
	if _, err := tr.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(tr.Checkpoints.Path)
	if err != nil || len(list) != 2 || list[0].Step != 8 || list[0].Scores["val_loss"] != 1 || list[1].Step != 16 {
		t.Errorf("got %+v, %v, want the checkpoints after epochs 2 and 4", list, err)
	}
	tr = resumable()["plain"]
	tr.Checkpoints = &checkpoint.Folder{Path: t.TempDir(), Best: "loss"}
	_, err = tr.Fit(background, train, nil)
	wantError(t, err, `Best: got "loss", want one of train_accuracy, train_loss`)
}

// A damaged checkpoint is passed over, and the run ends in the same weights.
func TestResumePastADamagedCheckpoint(t *testing.T) {
	train, val := sets(t)
	whole := resumable()["plain"]
	if _, err := whole.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	part := resumable()["plain"]
	part.Checkpoints, part.Callbacks = &checkpoint.Folder{Path: path, Steps: 2}, []Callback{breaker{step: 9}}
	if _, err := part.Fit(background, train, val); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	list, err := checkpoint.List(path)
	if err != nil {
		t.Fatal(err)
	}
	newest := list[len(list)-1]
	content, err := os.ReadFile(newest.Path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 4
	if err := os.WriteFile(newest.Path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	var told []string
	rest := resumable()["plain"]
	rest.Checkpoints = &checkpoint.Folder{Path: path, Steps: 2, Warn: func(err error) { told = append(told, err.Error()) }}
	if _, err := rest.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || !strings.Contains(told[0], "taking the one of step 6") || !strings.Contains(told[0], filepath.Base(newest.Path)) {
		t.Errorf("the warnings are %q", told)
	}
	sameBits(t, "past a damaged checkpoint", rest.Params, whole.Params)
}

// A checkpoint that cannot be written ends the run if it is required; otherwise the run goes on. The older one stays.
func TestFitOnAFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "none", disk)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	train, val := sets(t)
	for _, required := range []bool{false, true} {
		path := filepath.Join(disk, fmt.Sprint(required))
		var told []error
		tr := resumable()["plain"]
		tr.Checkpoints = &checkpoint.Folder{Path: path, Steps: 1, Required: required, Warn: func(err error) { told = append(told, err) }}
		filler := filepath.Join(disk, "filler")
		tr.Callbacks = []Callback{&stepper{then: func(r *Run) {
			if r.Step != 4 {
				return
			}
			if err := tr.Checkpoints.Wait(); err != nil { // removing an old one would make room
				t.Error(err)
			}
			if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
				t.Error("the disk is not full")
			}
		}}}
		h, err := tr.Fit(background, train, val)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if required {
			wantError(t, err, "could not be written, earlier ones are whole", "no space left")
		} else if err != nil || len(h.Epochs) != 3 || len(told) == 0 {
			t.Errorf("got %d epochs, the warnings %v, and %v", len(h.Epochs), told, err)
		}
		c, passed, err := checkpoint.Newest(path)
		if err != nil || len(passed) > 0 || c.Step != 4 {
			t.Errorf("required %v: the newest checkpoint: step %d, %v, %v, want a whole one of step 4", required, c.Step, passed, err)
		}
	}
}

// At one checkpoint a minute a run spends less than 1 % of its time on them: of that of one core, so that the load of the machine
// does not matter. The short tests, which run under the race detector too, leave it out: that makes every access to memory slower.
func TestCostOfCheckpoints(t *testing.T) {
	if testing.Short() {
		t.Skip("the cost is that of the ordinary build")
	}
	train, _ := sets(t)
	tr := resumable()["*optim.AdamW"]
	tr.Model = graph.Sequential{graph.Dense{Units: 1000}, graph.Tanh, graph.Dense{Units: 1000}, graph.Tanh, graph.Dense{Units: 2}}
	tr.Epochs, tr.BatchSize = 1, 64
	path := filepath.Join(t.TempDir(), "file")
	const writes = 5
	tr.Callbacks = []Callback{&hooks{end: func(r *Run) error {
		f := &fit{Trainer: tr, train: train, run: *r}
		start := cputime.Used()
		for range writes {
			c, err := f.checkpoint()
			if err != nil {
				return err
			}
			if err := c.Write(path); err != nil {
				return err
			}
		}
		// Three million numbers of 4 bytes: the parameters and two moments of each.
		took := (cputime.Used() - start) / writes
		if took > time.Minute/100 {
			t.Errorf("a checkpoint of 12 MB takes %v, more than 1 %% of a minute", took)
		}
		t.Logf("a checkpoint of 12 MB takes %v", took)
		return nil
	}}}
	if _, err := tr.Fit(background, train, nil); err != nil {
		t.Fatal(err)
	}
}
