//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// killable is a run of a moment that writes a checkpoint after every other step.
func killable(images, folder string) []string {
	return []string{"train", "-data", images, "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "60", "-norm", "bn", "-optimizer", "adam",
		"-save-every", "2", "-best", "val_loss", "-out", folder}
}

// endedIn is what a run has ended in: the weights, the metrics, and the profile without its times.
func endedIn(t *testing.T, folder string) (params map[string]*tensor.Dense, metrics, profile []byte) {
	t.Helper()
	c, passed, err := checkpoint.Newest(filepath.Join(folder, checkpointsName))
	if err != nil || len(passed) > 0 || c.Epoch != 60 {
		t.Fatalf("the newest checkpoint: %v, %v, %v", c, passed, err)
	}
	if metrics, err = os.ReadFile(filepath.Join(folder, metricsName)); err != nil {
		t.Fatal(err)
	}
	if profile, err = os.ReadFile(filepath.Join(folder, profilesName)); err != nil {
		t.Fatal(err)
	}
	return c.Params, metrics, demotest.WithoutTimes(profile)
}

// Runs are killed at random moments, many of them while a checkpoint is written, and resumed until they end. All end in the same
// weights, bit by bit, and in the same metrics and profile.
func TestKilledRuns(t *testing.T) {
	images := demotest.IDXFolder(t)
	whole := filepath.Join(t.TempDir(), "whole")
	began := time.Now()
	if status, _, log := app.Call(killable(images, whole)...); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	took := time.Since(began)
	params, metrics, profile := endedIn(t, whole)
	if lines := bytes.Count(metrics, []byte("\n")); lines != 60*5/metricsEvery+60 {
		t.Errorf("%d records, want one for each %d of 300 steps and one for each of 60 epochs", lines, metricsEvery)
	}
	wanted := 50
	if testing.Short() {
		wanted = 8
	}
	const chains = 4 // they wait for the disk most of the time
	var killed, writing atomic.Int64
	t.Run("chains", func(t *testing.T) {
		for chain := range chains {
			t.Run(fmt.Sprint(chain), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(uint64(chain), 2))
				for n := 0; n < (wanted+chains-1)/chains; {
					folder := filepath.Join(t.TempDir(), "run")
					kills, inWriting := killUntilItEnds(t, images, folder, random, took)
					n += kills
					killed.Add(int64(kills))
					writing.Add(int64(inWriting))
					got, gotMetrics, gotProfile := endedIn(t, folder)
					for name, want := range params {
						if !slices.Equal(got[name].Float32s(), want.Float32s()) {
							t.Errorf("%s has other values than in a run that was not killed", name)
						}
					}
					if !bytes.Equal(gotMetrics, metrics) {
						t.Errorf("the metrics are\n%s\nwant\n%s", gotMetrics, metrics)
					}
					if !bytes.Equal(gotProfile, profile) {
						t.Error("the profile differs")
					}
				}
			})
		}
	})
	t.Logf("a run takes %v; killed %d times, %d times while a checkpoint was written", took, killed.Load(), writing.Load())
}

// mostKills is the number of times after which a run is left alone, so that it ends.
const mostKills = 12

// killUntilItEnds runs a training and resumes it until it ends. It kills it at random moments, within half of the time that the whole run
// takes with its report, and counts how often, and how often in the middle of writing a checkpoint.
func killUntilItEnds(t *testing.T, images, folder string, random *rand.Rand, took time.Duration) (killed, writing int) {
	args := killable(images, folder)
	for {
		moment := time.Duration(random.Int64N(int64(took / 2)))
		if killed == mostKills {
			moment = patience
		}
		if !killAfter(t, args, moment) {
			return killed, writing
		}
		killed++
		if left, _ := filepath.Glob(filepath.Join(folder, checkpointsName, ".gradflow-*.tmp")); len(left) > 0 {
			writing++
		}
		if _, err := os.Stat(filepath.Join(folder, configName)); err == nil {
			args = []string{"train", "-resume", folder}
		}
	}
}

// killAfter runs the command, and kills it after some time unless it has ended.
func killAfter(t *testing.T, args []string, after time.Duration) (dead bool) {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1")
	var errors bytes.Buffer
	command.Stderr = &errors
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { command.Process.Kill() })
	err := command.Wait()
	timer.Stop()
	if err == nil {
		return false
	}
	if command.ProcessState.ExitCode() != -1 {
		t.Fatalf("%v: %v\n%s", args, err, errors.String())
	}
	return true
}
