package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/metric"
)

// stopped is a clock that stands still.
func stopped() time.Time { return time.Unix(1.7e9, 0) }

func TestLogOfARun(t *testing.T) {
	train, val := sets(t)
	folder := t.TempDir()
	tr := resumable()["average"]
	tr.Metrics = []metric.Metric{metric.TopK{K: 1}}
	jsonl := &Logger{Path: filepath.Join(folder, "new", "metrics.jsonl"), Every: 3, Monitors: []Monitor{RateMonitor{}, GradientMonitor{}, AverageMonitor{}}}
	csv := &Logger{Path: filepath.Join(folder, "metrics.csv"), Format: CSV{}}
	tr.Callbacks = []Callback{jsonl, csv}
	h, err := tr.Fit(background, train, val)
	if err != nil {
		t.Fatal(err)
	}
	var steps []float64
	epochs := 0
	for _, line := range lines(t, jsonl.Path) {
		var row map[string]float64
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, ok := row["epoch"]; !ok {
			t.Errorf("a record without an epoch: %s", line)
		}
		if loss, isEpoch := row["val_loss"]; isEpoch {
			if e := h.Epochs[epochs]; loss != e.Val.Loss || row["train_loss"] != e.Train.Loss || row["step"] != float64(4*epochs+3) || row["val_top-1 accuracy"] != e.Val.Metrics["top-1 accuracy"] {
				t.Errorf("epoch %d: %s, want %+v", epochs, line, e)
			}
			epochs++
			continue
		}
		steps = append(steps, row["step"])
		if row["loss"] != h.Losses[int(row["step"])] || row["rate"] != 0.001 || !(row["grad_norm"] > 0) || row["epoch"] != math.Floor(row["step"]/4) {
			t.Errorf("got %s", line)
		}
		if d := row["average_distance"]; (d > 0) != (row["step"] > 0) {
			t.Errorf("the distance of the averages in step %g is %g", row["step"], d)
		}
	}
	if fmt.Sprint(steps) != "[0 3 6 9]" || epochs != 3 {
		t.Errorf("got steps %v and %d epochs", steps, epochs)
	}
	rows := lines(t, csv.Path)
	if want := fmt.Sprintf("0,0,loss,%v", h.Losses[0]); rows[0] != "step,epoch,name,value" || rows[1] != want || rows[2] != "0,0,rate,0.001" {
		t.Errorf("got %q", rows[:3])
	}
	if n := 1 + 2*12 + 5*3; len(rows) != n {
		t.Errorf("%d rows, want %d: two numbers for a step and five for an epoch", len(rows), n)
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		t.Errorf("%s ends in the middle of a line", path)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func TestFormatsOfRecords(t *testing.T) {
	r := &record{step: 3, epoch: 1, names: []string{`a "b", c`, "é"}, values: []float64{math.NaN(), math.Inf(-1)}, time: stopped()}
	if got, want := string(JSONL{}.append(nil, r)), `{"step":3,"epoch":1,"a \"b\", c":"NaN","é":"-Inf"}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(CSV{}.append(nil, r)), "3,1,\"a \"\"b\"\", c\",NaN\n3,1,é,-Inf\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var s eventfile.Summary
	s.Scalar("epoch", 1)
	s.Scalar("x", 2)
	want := eventfile.AppendRecord(eventfile.AppendRecord(nil, eventfile.Version(1.7e9)), eventfile.Event(1.7e9, 3).With(s))
	r.names, r.values = []string{"x"}, []float64{2}
	if got := (TensorBoard{}).append((TensorBoard{}).begin(nil, stopped()), r); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// The logs of a run that was cut at any step and resumed are those of one that was not, byte by byte.
func TestResumeLogs(t *testing.T) {
	train, val := sets(t)
	formats := map[string]LogFormat{"jsonl": JSONL{}, "csv": CSV{}, "tb": TensorBoard{}}
	run := func(folder string, checkpoints *checkpoint.Folder, cut int) error {
		tr := resumable()["plain"]
		tr.Checkpoints = checkpoints
		for _, name := range []string{"jsonl", "csv", "tb"} {
			tr.Callbacks = append(tr.Callbacks, &Logger{Path: filepath.Join(folder, name), Format: formats[name], now: stopped})
		}
		tr.Callbacks = append(tr.Callbacks, breaker{step: cut})
		_, err := tr.Fit(background, train, val)
		return err
	}
	whole := t.TempDir()
	if err := run(whole, nil, -1); err != nil {
		t.Fatal(err)
	}
	for cut := range 12 {
		folder := t.TempDir()
		checkpoints := &checkpoint.Folder{Path: filepath.Join(folder, "checkpoints"), Steps: 3}
		if err := run(folder, checkpoints, cut); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		for name := range formats { // what a killed process leaves of its last write
			appendTo(t, filepath.Join(folder, name), `{"step":`)
		}
		for range 2 { // the second run is over
			if err := run(folder, checkpoints, -1); err != nil {
				t.Fatalf("cut at step %d: %v", cut, err)
			}
			for name := range formats {
				got, err := os.ReadFile(filepath.Join(folder, name))
				want, _ := os.ReadFile(filepath.Join(whole, name))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("cut at step %d: %s holds\n%s\nwant\n%s", cut, name, got, want)
				}
			}
		}
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// A log that is shorter than at the checkpoint is an error that tells both sizes.
func TestResumeShortLog(t *testing.T) {
	train, val := sets(t)
	folder := t.TempDir()
	run := func() error {
		tr := resumable()["plain"]
		tr.Checkpoints = &checkpoint.Folder{Path: filepath.Join(folder, "checkpoints")}
		tr.Callbacks = []Callback{&Logger{Path: filepath.Join(folder, "log")}}
		_, err := tr.Fit(background, train, val)
		return err
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(folder, "log"), 10); err != nil {
		t.Fatal(err)
	}
	wantError(t, run(), "got 10 bytes, want at least")
}

// On a full disk the records wait in memory, and no checkpoint without them is written. When there is room again nothing is missing.
func TestLogOnFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	filler := filepath.Join(disk, "filler")
	train, val := sets(t)
	var told []string
	tr := resumable()["plain"]
	tr.Checkpoints = &checkpoint.Folder{Path: filepath.Join(t.TempDir(), "checkpoints"), Steps: 1, Warn: func(err error) { told = append(told, err.Error()) }}
	log := &Logger{Path: filepath.Join(disk, "log"), now: stopped}
	tr.Callbacks = []Callback{log, &stepper{then: func(r *Run) {
		switch r.Step {
		case 2:
			if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
				t.Error("the disk is not full")
			}
		case 9:
			if err := os.Remove(filler); err != nil {
				t.Error(err)
			}
		}
	}}}
	if _, err := tr.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	if rows := lines(t, log.Path); len(rows) != 12+3 {
		t.Errorf("%d records, want 12 steps and 3 epochs", len(rows))
	}
	if len(told) > 0 && !strings.Contains(told[0], "no space left") {
		t.Errorf("the warning is %q", told[0])
	}
}

func TestLoggerMistakes(t *testing.T) {
	train, val := sets(t)
	for want, l := range map[string]*Logger{`got Path ""`: {}, "Every -1": {Path: "x", Every: -1}} {
		tr := resumable()["plain"]
		tr.Callbacks = []Callback{l}
		_, err := tr.Fit(background, train, val)
		wantError(t, err, want)
	}
}

// A file that cannot be opened ends the run in its first step, not after all of them.
func TestLogThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	steps := 0
	tr := linear()
	tr.Callbacks = []Callback{&Logger{Path: filepath.Join(file, "log")}, &stepper{then: func(*Run) { steps++ }}}
	_, err := tr.Fit(background, line(), nil)
	wantError(t, err, "AfterStep of callback *train.Logger, epoch 0, step 0")
	if steps > 0 {
		t.Errorf("the run has made %d steps", steps)
	}
}
