package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// numberIn is the first number after a word.
func numberIn(t *testing.T, text, word string) string {
	t.Helper()
	match := regexp.MustCompile(regexp.QuoteMeta(word) + `\s+([0-9.]+)`).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no number after %q in\n%s", word, text)
	}
	return match[1]
}

// demo eval says if the images are no longer those of the training.
func TestEvalOnOtherImages(t *testing.T) {
	pictures, run := demotest.ImageFolder(t), filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-data", pictures, "-image-size", "4")
	files, err := filepath.Glob(filepath.Join(pictures, "blue", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files[:len(files)/2] {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if status, out, log := app.Call("eval", run); status != console.ExitOK || !strings.Contains(out, "accuracy") || !strings.Contains(log, "the training data are no longer those") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
}

// demo eval gives the scores that the training ended with, and demo predict the classes of images.
func TestEvalAndPredict(t *testing.T) {
	pictures := demotest.ImageFolder(t)
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-data", pictures, "-image-size", "4", "-best", "val_loss", "-epochs", "20", "-norm", "bn")
	status, out, log := app.Call("eval", run)
	if status != console.ExitOK || !strings.Contains(out, "plain relu + bn, after 100 steps") || strings.Contains(log, "no longer those") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	last, err := readMetrics(filepath.Join(run, metricsName))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := numberIn(t, out, "validation loss"), last.text("val_loss"); got != want {
		t.Errorf("the loss is %s, want %s", got, want)
	}
	if got, want := numberIn(t, out, "\naccuracy"), last.text("val_accuracy"); got != want {
		t.Errorf("the accuracy is %s, want %s", got, want)
	}
	scores := filepath.Join(t.TempDir(), "scores")
	if status, out, log = app.Call("eval", "-out", scores, run); status != console.ExitOK || !strings.Contains(out, "confusion.txt, confusion.png, confusion.svg") {
		t.Errorf("eval -out: status %d\n%s%s", status, out, log)
	}
	if matrix, err := os.ReadFile(filepath.Join(scores, "confusion.txt")); err != nil || !strings.Contains(string(matrix), "blue") || !strings.Contains(string(matrix), "recall") {
		t.Errorf("the confusion matrix is %q, %v", matrix, err)
	}
	best, err := checkpoint.Best(filepath.Join(run, checkpointsName), "val_loss", false)
	if err != nil || best == nil {
		t.Fatal(err)
	}
	if status, out, log = app.Call("eval", "-best", "val_loss", run); status != console.ExitOK || numberIn(t, out, "validation loss") != fmt.Sprintf("%.4f", float64(best.Scores["val_loss"])) {
		t.Errorf("the best: status %d, want %v\n%s%s", status, best.Scores, out, log)
	}
	status, out, log = app.Call("predict", run, filepath.Join(pictures, "blue"))
	rows := strings.Split(strings.TrimSpace(out), "\n")
	if status != console.ExitOK || len(rows) < 4 || !strings.HasPrefix(rows[2], "file") || !strings.Contains(rows[3], filepath.Join(pictures, "blue")) || !strings.Contains(rows[3], "0.") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	one := strings.Fields(rows[3])
	if status, out, _ = app.Call("predict", run, one[0]); status != console.ExitOK || !strings.Contains(out, strings.Join(one[1:3], "  ")) && !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(one, " ")) {
		t.Errorf("one image: status %d\n%s\nwant %q", status, out, one)
	}
	for _, args := range [][]string{
		{"predict", run, filepath.Join(run, configName)}, {"predict", run, filepath.Join(run, "none.png")}, {"predict", run, filepath.Join(run, checkpointsName)},
		{"eval", "-best", "train_accuracy", filepath.Join(run, "..", "run"), "x"}, {"eval", filepath.Join(run, checkpointsName)},
	} {
		if status, _, log := app.Call(args...); status == console.ExitOK || log == "" {
			t.Errorf("%v: status %d, %q", args, status, log)
		}
	}
}

// A network whose weights are NaN has no classes and no scores.
func TestEvalAndPredictOfADivergedRun(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-subset", "64", "-lr", "1e6", "-optimizer", "sgd")
	for _, args := range [][]string{{"eval", run}, {"predict", run, filepath.FromSlash("../../../../docs/img/demo.png")}} {
		status, out, log := app.Call(args...)
		if status != console.ExitFailure || !strings.Contains(log, "is no longer finite") || out != "" {
			t.Errorf("%s: status %d\n%s%s", args[0], status, out, log)
		}
	}
}

// demo runs lists states, scores and the settings that differ.
func TestRuns(t *testing.T) {
	folder, images := t.TempDir(), demotest.IDXFolder(t)
	app.Train(t, filepath.Join(folder, "a"), "-data", images)
	app.Train(t, filepath.Join(folder, "b"), "-data", images, "-optimizer", "muon", "-save-every", "none")
	if err := os.Mkdir(filepath.Join(folder, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(folder, "c")
	app.Train(t, killed, "-data", images, "-depth", "4")
	info, err := readInfo(killed)
	if err != nil {
		t.Fatal(err)
	}
	info.State, info.Verdict = stateRunning, ""
	if err := info.write(killed); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(killed, metricsName), `{"step":99,"epo`)
	status, out, log := app.Call("runs", folder)
	rows := strings.Split(out, "\n")
	if status != console.ExitOK || len(rows) != 5 {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	for i, want := range []string{
		"run  state  epoch  step  train loss  val loss  val accuracy  verdict  settings that differ",
		"a finished 2 10 * * * * depth=3 lr=0.01 optimizer=momentum save-every=1m",
		"b finished 2 10 * * * * depth=3 lr=0.02 optimizer=muon save-every=none",
		"c killed 2 10 * * * - depth=4 lr=0.01 optimizer=momentum save-every=1m",
	} {
		got := strings.Fields(rows[i])
		for k, word := range strings.Fields(want) {
			if k >= len(got) || word != "*" && got[k] != word {
				t.Errorf("row %d: got %q, want %q", i, rows[i], want)
				break
			}
		}
	}
	if status, _, log = app.Call("runs", images); status != console.ExitFailure || !strings.Contains(log, "got no run") {
		t.Errorf("no runs: status %d, %s", status, log)
	}
	if status, _, log = app.Call("eval", filepath.Join(folder, "b")); status != console.ExitFailure || !strings.Contains(log, "-save-every none?") {
		t.Errorf("no checkpoint: status %d, %s", status, log)
	}
	// A folder of a run that cannot be read costs only its own row.
	if err := os.WriteFile(filepath.Join(folder, "a", configName), []byte("depht: 3"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, out, log = app.Call("runs", folder); status != console.ExitFailure || strings.Count(out, "\n") != 3 || !strings.Contains(log, "depht") {
		t.Errorf("a broken run: status %d\n%s%s", status, out, log)
	}
	// It is none of the command line.
	for _, command := range []string{"eval", "export", "replay", "train -resume"} {
		args := append(strings.Fields(command), filepath.Join(folder, "a"))
		if status, _, log = app.Call(args...); status != console.ExitFailure || !strings.Contains(log, "depht") || !strings.Contains(log, "Did you mean depth?") {
			t.Errorf("%s of a broken run: status %d\n%s", command, status, log)
		}
	}
	appendTo(t, filepath.Join(killed, metricsName), "\n")
	if status, out, log = app.Call("runs", folder); status != console.ExitFailure || strings.Count(out, "\n") != 2 || !strings.Contains(log, metricsName) {
		t.Errorf("broken metrics: status %d\n%s%s", status, out, log)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// A run that is interrupted and resumed leaves the weights, the metrics and the profiles of one that is not. Another run cannot take its
// folder.
func TestResumeAnInterruptedRun(t *testing.T) {
	images := demotest.IDXFolder(t)
	folder := t.TempDir()
	args := func(name string) []string {
		return []string{"train", "-data", images, "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "30", "-out", filepath.Join(folder, name)}
	}
	if status, _, log := app.Call(args("whole")...); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	part := filepath.Join(folder, "part")
	ctx, cancel := context.WithCancel(context.Background())
	var out strings.Builder
	log := &demotest.CancelAt{Text: "epoch 7/", Cancel: cancel}
	if status := app.Run(ctx, args("part"), &out, log); status != console.ExitInterrupted {
		t.Fatalf("status %d\n%s", status, log.String())
	}
	if info, err := readInfo(part); err != nil || info.State != stateStopped {
		t.Errorf("the state is %q, %v", info.State, err)
	}
	for deadline := time.Now().Add(time.Minute); checkpoint.InUse(filepath.Join(part, checkpointsName)) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // the command does not wait for a slow disk
	}
	c, _, err := checkpoint.Newest(filepath.Join(part, checkpointsName))
	if err != nil || c.Step < 35 || c.Step >= 150 {
		t.Fatalf("the checkpoint: %+v, %v", c, err)
	}
	if status, _, log := app.Call(args("part")...); status != console.ExitFailure || !strings.Contains(log, "demo train -resume "+part) {
		t.Errorf("a new run in its folder: status %d, %s", status, log)
	}
	if info, err := readInfo(part); err == nil {
		info.Machine.Kernels = "those of another processor"
		if err := info.write(part); err != nil {
			t.Fatal(err)
		}
	}
	status, _, text := app.Call("train", "-resume", part)
	if !strings.Contains(text, "began with other kernels") || !strings.Contains(text, "those of another processor; now ") {
		t.Errorf("other kernels are not told of:\n%s", text)
	}
	if want := fmt.Sprintf("going on at step %d of 150, in epoch ", c.Step); status != console.ExitOK || !strings.Contains(text, want) {
		t.Fatalf("status %d, want %q in\n%s", status, want, text)
	}
	for _, name := range []string{metricsName, reportdir.ProfilesName, configName} {
		a, errA := os.ReadFile(filepath.Join(folder, "whole", name))
		b, errB := os.ReadFile(filepath.Join(part, name))
		if errA != nil || errB != nil || string(demotest.WithoutTimes(a)) != string(demotest.WithoutTimes(b)) {
			t.Errorf("%s differs: %v, %v", name, errA, errB)
		}
	}
	info, err := readInfo(part)
	if err != nil || info.State != stateFinished || len(info.Resumed) != 1 || info.Started.IsZero() || info.Verdict == "" {
		t.Errorf("got %+v, %v", info, err)
	}
	// It goes on with more epochs, which are then its setting.
	if status, _, log := app.Call("train", "-resume", part, "-epochs", "31"); status != console.ExitOK || !strings.Contains(log, "epoch 31/31") || strings.Contains(log, "epoch 30/31") || strings.Contains(log, "other kernels") {
		t.Errorf("more epochs: status %d\n%s", status, log)
	}
	if config, err := os.ReadFile(filepath.Join(part, configName)); err != nil || !strings.Contains(string(config), "epochs: 31\n") {
		t.Errorf("the settings are\n%s%v", config, err)
	}
}

// -patience ends a run with the best weights, -stop-on-nan one that has broken.
func TestRunsThatEndEarly(t *testing.T) {
	images := demotest.IDXFolder(t)
	run := filepath.Join(t.TempDir(), "patient")
	app.Train(t, run, "-data", images, "-epochs", "500", "-patience", "2", "-lr", "0.3", "-best", "val_loss")
	metrics, err := readMetrics(filepath.Join(run, metricsName))
	if err != nil {
		t.Fatal(err)
	}
	var epochs int
	if err := json.Unmarshal(metrics["epoch"], &epochs); err != nil || epochs >= 499 {
		t.Fatalf("%d epochs, %v", epochs, err)
	}
	best, err := checkpoint.Best(filepath.Join(run, checkpointsName), "val_loss", false)
	if err != nil {
		t.Fatal(err)
	}
	_, out, _ := app.Call("eval", run) // the newest checkpoint holds the best weights
	if got, want := numberIn(t, out, "validation loss"), fmt.Sprintf("%.4f", float64(best.Scores["val_loss"])); got != want {
		t.Errorf("the loss is %s, want %s", got, want)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	args := []string{"train", "-data", images, "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "5", "-out", broken, "-lr", "1e6", "-optimizer", "sgd", "-stop-on-nan"}
	status, _, log := app.Call(args...)
	if status != console.ExitFailure || !strings.Contains(log, "the first bad value") {
		t.Errorf("status %d\n%s", status, log)
	}
	if files, err := filepath.Glob(filepath.Join(broken, badBatchesName, "nan-step-*.safetensors")); err != nil || len(files) != 1 {
		t.Errorf("the batches are %v, %v", files, err)
	}
	if info, err := readInfo(broken); err != nil || info.State != stateFailed {
		t.Errorf("the state is %q, %v", info.State, err)
	}
}

// A broken image is named, and the others beside it are classified.
func TestPredictSkipsBrokenImages(t *testing.T) {
	pictures := demotest.ImageFolder(t)
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-data", pictures, "-image-size", "4")
	folder := filepath.Join(pictures, "blue")
	broken := filepath.Join(folder, "1.png")
	if err := os.Truncate(broken, 40); err != nil {
		t.Fatal(err)
	}
	status, out, log := app.Call("predict", run, folder)
	if rows := strings.Count(out, ".png"); status != console.ExitFailure || rows != 24 || strings.Contains(out, broken) || !strings.Contains(log, broken) {
		t.Errorf("status %d, %d rows, want 24\n%s", status, rows, log)
	}
	for _, args := range [][]string{{broken}, {broken, broken}} {
		if status, out, log := app.Call(append([]string{"predict", run}, args...)...); status != console.ExitFailure || out != "" || !strings.Contains(log, broken) {
			t.Errorf("%v: status %d\n%s%s", args, status, out, log)
		}
	}
}

// A run that lacks a file to go on with says what to do.
func TestResumeWithoutFiles(t *testing.T) {
	for name, want := range map[string]string{
		metricsName: "got no such file, want one of at least",
		infoName:    "remove the file to go on without",
	} {
		run := filepath.Join(t.TempDir(), "run")
		app.Train(t, run, "-subset", "64")
		path := filepath.Join(run, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if name == infoName {
			if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if status, _, log := app.Call("train", "-resume", run); status != console.ExitFailure || !strings.Contains(log, want) {
			t.Errorf("%s: status %d, got %q, want %q", name, status, log, want)
		}
	}
}

// The settings of a network that -model takes the place of are no settings of the run.
func TestRunsListSettingsThatAreRead(t *testing.T) {
	folder := t.TempDir()
	app.Train(t, filepath.Join(folder, "dense"), "-subset", "64")
	app.Train(t, filepath.Join(folder, "images"), "-subset", "64", "-model", "resnet8")
	status, out, log := app.Call("runs", folder)
	if status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	for _, row := range strings.Split(out, "\n") {
		isModel := strings.HasPrefix(row, "images")
		if strings.HasPrefix(row, "dense") != strings.Contains(row, "depth=3 width=16") || isModel != strings.Contains(row, "model=resnet8") || isModel && strings.Contains(row, "depth=") {
			t.Errorf("got the row %q", row)
		}
	}
}

// A run that was stopped before its first step keeps its settings, and can go on.
func TestResumeARunWithoutSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	log := &demotest.CancelAt{Text: "images: ", Cancel: cancel} // what it prints before it trains
	if status := app.Run(ctx, append([]string{"train", "-out", path}, demotest.Tiny...), log, log); status != console.ExitInterrupted {
		t.Fatalf("status %d\n%s", status, log.String())
	}
	if status, out, log := app.Call("train", "-resume", path); status != console.ExitOK || !strings.Contains(out, "epoch") && !strings.Contains(log, "epoch") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
}
