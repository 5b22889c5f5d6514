package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// Every command tells that its output cannot be written, also those that only print a text.
func TestFailingOutputIsTold(t *testing.T) {
	profile := demotest.WriteProfiles(t, t.TempDir(), "net")
	for _, line := range []string{"-h", "help train", "version", "structure", "graph", "completion bash", "compare " + profile, "report -formats= " + profile} {
		for wrong, want := range map[error]int{syscall.EPIPE: console.ExitClosed, syscall.ENOSPC: console.ExitFailure} {
			var log bytes.Buffer
			if got := app.Run(context.Background(), strings.Fields(line), demotest.Failing{Err: wrong}, &log); got != want || strings.Count(log.String(), "\n") > 1 {
				t.Errorf("demo %s: %v: status %d, want %d and at most one line\n%s", line, wrong, got, want, log.String())
			}
		}
	}
}

// An output that cannot be written to loses no file.
func TestFailingOutputLosesNoFile(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-subset", "64")
	for line, files := range map[string]string{
		"export -o FOLDER/model.onnx " + run:              "model.onnx",
		"eval -out FOLDER " + run:                         "confusion.png confusion.svg confusion.txt",
		"replay -step 3 " + run:                           "",
		"theory -depth 3 -out FOLDER":                     "edge-of-chaos.png edge-of-chaos.svg",
		"rate -depth 3 -steps 20 -subset 320 -out FOLDER": "rate.png rate.svg",
		"lesion -model resnet8 -subset 128 -images 20 -batch 64 -epochs 1 -out FOLDER": "lesion.png lesion.svg lesion.txt",
		"features -model resnet8 -subset 128 -batch 64 -epochs 1 -units 1 -out FOLDER": "index.html",
		"shatter -deepest 2 -width 8 -inputs 8 -seeds 1 -out FOLDER":                   "line.png line.svg shatter.png shatter.svg shatter.txt",
		"scale -families mlp -widths 32,64,96 -rates 0 -seeds 1 -steps 1 -out FOLDER":  "scale.json",
	} {
		if testing.Short() && (strings.HasPrefix(line, "lesion") || strings.HasPrefix(line, "features")) {
			continue
		}
		folder := t.TempDir()
		var log bytes.Buffer
		got := app.Run(context.Background(), strings.Fields(strings.ReplaceAll(line, "FOLDER", folder)), demotest.Failing{Err: syscall.EPIPE}, &log)
		if list := demotest.List(t, folder); got != console.ExitClosed || !strings.Contains(list, files) {
			t.Errorf("demo %s: status %d, want %d, and files %s, want %s\n%s", line, got, console.ExitClosed, list, files, log.String())
		}
	}
	if list := demotest.List(t, filepath.Join(run, "replay-3")); list != "profiles.json report.html" {
		t.Errorf("the folder of the replay holds %s, want profiles.json and report.html", list)
	}
}
