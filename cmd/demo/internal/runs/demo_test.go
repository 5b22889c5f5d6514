package runs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// short is a demo of a few seconds.
var short = []string{"-epochs", "1", "-subset", "640", "-depth", "11", "-width", "32"}

// shared is what the short demo prints and writes, run by the first test that reads it.
var shared demoReport

type demoReport struct {
	once   sync.Once
	status int
	out    string
	files  map[string][]byte
}

func (r *demoReport) read(t *testing.T) (out string, files map[string][]byte) {
	t.Helper()
	r.once.Do(func() { r.status, r.out, r.files = app.Report(t, short...) })
	if r.status != console.ExitOK || len(r.files) == 0 {
		t.Fatalf("status %d, %d files", r.status, len(r.files))
	}
	return r.out, r.files
}

func TestDemoComparesFourNetworks(t *testing.T) {
	out, files := shared.read(t)
	for _, text := range []string{"plain sigmoid", "plain ReLU, small init", "plain ReLU + BN", "residual ReLU", "vanishing", "healthy", "FOLDER"} {
		if !strings.Contains(out, text) {
			t.Errorf("the output does not show %q:\n%s", text, out)
		}
	}
	for _, name := range []string{"report.txt", "profiles.csv", "profiles.json", "first-step.png", "first-step.svg", "all-steps.png", "layers-by-step-residual-relu.png"} {
		if len(files[name]) < 100 {
			t.Errorf("%s has %d bytes", name, len(files[name]))
		}
	}
}

// The same seed gives the same output and the same files, bit by bit, on one core and on two.
func TestDemoIsDeterministic(t *testing.T) {
	firstOut, first := shared.read(t)
	before := runtime.GOMAXPROCS(1)
	_, secondOut, second := app.Report(t, short...)
	runtime.GOMAXPROCS(before)
	if firstOut != secondOut {
		t.Errorf("the output differs:\n%s\n%s", firstOut, secondOut)
	}
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("%d and %d files", len(first), len(second))
	}
	for name := range first {
		if !bytes.Equal(demotest.WithoutTimes(first[name]), demotest.WithoutTimes(second[name])) {
			t.Errorf("%s differs", name)
		}
	}
	_, otherOut, _ := app.Report(t, append(slices.Clone(short), "-seed", "2")...)
	if otherOut == firstOut {
		t.Error("another seed gave the same output")
	}
}

func TestDemoTrainsTheDescribedNetwork(t *testing.T) {
	for _, args := range [][]string{
		{"-activation", "tanh"},
		{"-activation", "elu", "-norm", "ln", "-skip", "1"},
		{"-init", "normal:0.3", "-optimizer", "sgd"},
		{"-skip", "2", "-norm", "bn", "-optimizer", "nesterov", "-lr", "0.01"},
	} {
		status, out, _ := app.Report(t, append(args, short...)...)
		if status != console.ExitOK || strings.Contains(out, "plain sigmoid") {
			t.Errorf("%v: status %d\n%s", args, status, out)
		}
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"-depht 3", "unknown flag -depht"},
		{"-depth 0", "from 1 to"},
		{"-depth 30", "want 29 or 31"},
		{"-depth 10 -skip 4", "want 9 or 13"},
		{"-width -1", "from 1 to"},
		{"-activation swoosh", "gelu"},
		{"-norm xx", "bn"},
		{"-init foo", "xavier"},
		{"-optimizer rms", "nesterov"},
		{"-lr -1", "above 0"},
		{"-lr NaN", "above 0"},
		{"-epochs 0", "from 1 to"},
		{"-batch 1", "from 2 to"},
		{"-subset 10", "one batch"},
		{"-epochs 3 train", "want it after"},
		{"-lr 0", "above 0"},
	} {
		var stdout, stderr bytes.Buffer
		status := app.Run(context.Background(), strings.Fields(c.args), &stdout, &stderr)
		if status != console.ExitUsage || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("demo %s: status %d, expected %d and a text with %q:\n%s", c.args, status, console.ExitUsage, c.want, stderr.String())
		}
	}
}

func TestFailuresExitWithOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no folder"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-data", "/no/such/folder"},
		{"-subset", "20000"},
		{"-out", "/dev/null/report"},
		{"-out", file},
	} {
		var stdout, stderr bytes.Buffer
		if status := app.Run(context.Background(), args, &stdout, &stderr); status != console.ExitFailure || stderr.Len() == 0 {
			t.Errorf("%v: status %d, stderr %q", args, status, stderr.String())
		}
	}
}

func TestHelpExplainsEveryFlag(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := app.Run(context.Background(), []string{"-h"}, &stdout, &stderr); status != console.ExitOK {
		t.Errorf("status %d", status)
	}
	for _, name := range []string{"depth", "width", "activation", "init", "norm", "skip", "epochs", "batch", "lr", "optimizer", "seed", "out", "data", "subset"} {
		if !strings.Contains(stdout.String(), "  -"+name) {
			t.Errorf("-h does not explain -%s", name)
		}
	}
}

// An interrupted demo writes a report of the steps recorded so far.
func TestInterruptedDemoWritesWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	folder := filepath.Join(t.TempDir(), "report")
	var stdout bytes.Buffer
	stderr := &demotest.CancelAt{Text: "epoch 2/", Cancel: cancel}
	args := []string{"-epochs", "500", "-subset", "640", "-depth", "5", "-width", "16", "-out", folder}
	if status := app.Run(ctx, args, &stdout, stderr); status != console.ExitInterrupted {
		t.Fatalf("status %d\n%s", status, stderr.String())
	}
	if _, err := os.Stat(filepath.Join(folder, "profiles.csv")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(stdout.String(), "plain sigmoid") {
		t.Errorf("no table:\n%s", stdout.String())
	}
}
