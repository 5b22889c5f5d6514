//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// A job is the command on some ranks.
type job struct {
	t       *testing.T
	command *exec.Cmd
	out     output
	ended   chan error
}

// An output is what a job has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startJob starts the command by mpirun, on ranks without a core of their own.
func startJob(t *testing.T, ranks int, args ...string) *job {
	t.Helper()
	if _, err := exec.LookPath("mpirun"); err != nil {
		t.Skip("SKIPPED: no ranks were started, as there is no mpirun (Debian: apt-get install openmpi-bin)")
	}
	launch := []string{"--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "--mca", "btl_vader_single_copy_mechanism", "none",
		"-np", fmt.Sprint(ranks), os.Args[0]}
	j := &job{t: t, command: exec.Command("mpirun", append(launch, args...)...), ended: make(chan error, 1)}
	j.command.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	j.command.Stdout, j.command.Stderr = &j.out, &j.out
	if err := j.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.command.Process.Kill() })
	go func() { j.ended <- j.command.Wait() }()
	return j
}

// end waits until mpirun has ended, and gives its status and what all ranks have printed.
func (j *job) end(within time.Duration) (status int, out string) {
	j.t.Helper()
	select {
	case err := <-j.ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			j.t.Fatal(err)
		}
		return j.command.ProcessState.ExitCode(), j.out.String()
	case <-time.After(within):
		j.t.Fatalf("the job does not end within %v:\n%s", within, j.out.String())
	}
	return 0, ""
}

// kill kills one of the ranks some time after MPI has begun, and reports whether there was one. (mpirun 4.1 may hang after a kill before that.)
func (j *job) kill(rank int, after time.Duration) bool {
	for begun := time.Now(); !strings.Contains(j.out.String(), "ranks: ") && len(j.ended) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > patience {
			j.t.Fatalf("the job does not begin:\n%s", j.out.String())
		}
	}
	time.Sleep(after)
	list := children(j.command.Process.Pid)
	return rank < len(list) && syscall.Kill(list[rank], syscall.SIGKILL) == nil
}

// children are the processes that a process has started, in their order.
func children(parent int) (list []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, _ := os.ReadFile(path)
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // state, parent, ...
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) || fields[0] == "Z" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list
}

// ranksEndedIn reads the weights of the newest checkpoint, which a run writes at its end.
func ranksEndedIn(t *testing.T, folder string) map[string]*tensor.Dense {
	t.Helper()
	c, passed, err := checkpoint.Newest(filepath.Join(folder, checkpointsName))
	if err != nil || len(passed) > 0 || c == nil || c.Epoch != 60 {
		t.Fatalf("the newest checkpoint: %v, %v, %v", c, passed, err)
	}
	return c.Params
}

// A killed rank ends the job within seconds. The same command then goes on from the last checkpoint, and ends in the same weights as a run
// that was never killed, bit by bit.
func TestKilledRanks(t *testing.T) {
	images, folder := demotest.IDXFolder(t), t.TempDir()
	whole := filepath.Join(folder, "whole")
	began := time.Now()
	if status, out := startJob(t, 2, append(killable(images, whole), "-dist")...).end(patience); status != 0 {
		t.Fatalf("status %d\n%s", status, out)
	}
	took := time.Since(began)
	want := ranksEndedIn(t, whole)
	kills := 3
	if testing.Short() {
		kills = 2
	}
	if n, err := strconv.Atoi(os.Getenv("GRADFLOW_KILLS")); err == nil {
		kills = n
	}
	random := rand.New(rand.NewPCG(3, 4))
	killed, longest := 0, time.Duration(0)
	for run := 0; killed < kills; run++ {
		path := filepath.Join(folder, fmt.Sprint("run", run))
		args := append(killable(images, path), "-dist")
		for n := 0; n < 6; n++ {
			j := startJob(t, 2, args...)
			if !j.kill(random.IntN(2), time.Duration(random.Int64N(int64(took/2)))) {
				j.end(patience)
				break // it has ended
			}
			began := time.Now()
			status, out := j.end(patience)
			if status == 0 && strings.Contains(out, "report.html") {
				break // it was killed at its end
			}
			if longest = max(longest, time.Since(began)); status == 0 {
				t.Errorf("a rank was killed, and the job has status 0:\n%s", out)
			}
			killed++
		}
		if status, out := startJob(t, 2, args...).end(patience); status != 0 {
			t.Fatalf("status %d\n%s", status, out)
		}
		for name, got := range ranksEndedIn(t, path) {
			if !slices.Equal(got.Float32s(), want[name].Float32s()) {
				t.Errorf("%s has other values than in a run that was not killed", name)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(path, "*", ".gradflow-*.tmp")); len(left) > 0 {
			t.Errorf("there are left %v", left)
		}
	}
	t.Logf("a run takes %v; %d kills, after which the job ended within %v", took, killed, longest)
	if longest > 10*time.Second && took < 10*time.Second {
		t.Errorf("after a kill the job took %v to end", longest)
	}
}

// A signal to the ranks, as Slurm sends it, ends all after one step, with a checkpoint and a report, and fewer ranks go on to the end. (mpirun
// passes on Ctrl-C and kills soon after it, which a busy machine may not bear.)
func TestInterruptedRanks(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	args := append(killable(demotest.IDXFolder(t), folder), "-dist", "-epochs", "100000", "-save-every", "1000000")
	j := startJob(t, 2, args...)
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(filepath.Join(folder, metricsName)); err == nil && info.Size() > 0 {
			break
		}
		if time.Since(begun) > patience {
			t.Fatal("the training does not begin")
		}
	}
	for _, rank := range children(j.command.Process.Pid) {
		if err := syscall.Kill(rank, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	status, out := j.end(patience)
	if status == 0 || !strings.Contains(out, "report.html") {
		t.Errorf("status %d\n%s", status, out)
	}
	c, _, err := checkpoint.Newest(filepath.Join(folder, checkpointsName))
	if err != nil || c == nil || c.Step == 0 {
		t.Fatalf("got checkpoint %v and error %v, want the last step", c, err)
	}
	if _, err := os.Stat(filepath.Join(folder, profilesName)); err != nil {
		t.Error(err)
	}
	args[slices.Index(args, "100000")] = strconv.Itoa(c.Epoch + 2)
	status, out = startJob(t, 1, args...).end(patience)
	if status != 0 || !strings.Contains(out, fmt.Sprintf("going on at step %d", c.Step)) {
		t.Errorf("status %d\n%s", status, out)
	}
}

// A mistake on the command line of all ranks is printed once.
func TestRanksMistakeIsPrintedOnce(t *testing.T) {
	status, out := startJob(t, 3, "train", "-dist", "-epochs", "few").end(patience)
	if n := strings.Count(out, "invalid value"); status != 2 || n != 1 {
		t.Errorf("status %d, and the mistake is printed %d times, want status 2 and once:\n%s", status, n, out)
	}
}

// An error on any rank ends all with it.
func TestRanksThatFail(t *testing.T) {
	images := demotest.IDXFolder(t)
	for args, want := range map[string]string{
		"-stop-on-nan -optimizer sgd -lr 1000000 -norm none": "the first bad value",
		"-data nowhere": "nowhere",
		"-batch 41":     "want at most 40",
	} {
		all := append(killable(images, filepath.Join(t.TempDir(), "run")), "-dist")
		status, out := startJob(t, 2, append(all, strings.Fields(args)...)...).end(patience)
		if status == 0 || !strings.Contains(out, want) || !strings.Contains(out, "rank ") {
			t.Errorf("%s: status %d, want an error with %q\n%s", args, status, want, out)
		}
	}
}

// With -sync-bn two ranks end in the weights of one, but for rounding of float32.
func TestSynchronisedRanks(t *testing.T) {
	images, folder := demotest.IDXFolder(t), t.TempDir()
	var all []map[string]*tensor.Dense
	for ranks := 1; ranks <= 2; ranks++ {
		path := filepath.Join(folder, fmt.Sprint(ranks))
		args := append(killable(images, path), "-dist", "-sync-bn", "-epochs", "4", "-optimizer", "sgd")
		if status, out := startJob(t, ranks, args...).end(patience); status != 0 {
			t.Fatalf("status %d\n%s", status, out)
		}
		c, _, err := checkpoint.Newest(filepath.Join(path, checkpointsName))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c.Params)
	}
	for name, want := range all[0] {
		for i, w := range want.Float32s() {
			if g := all[1][name].Float32s()[i]; math.Abs(float64(g-w)) > 1e-5 {
				t.Errorf("%s, element %d: got %v, want %v", name, i, g, w)
			}
		}
	}
}

// A run goes on with its own settings only.
func TestRanksOfOtherSettings(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	args := append(killable(demotest.IDXFolder(t), folder), "-dist", "-epochs", "1")
	if status, _, log := app.Call(args...); status != 0 {
		t.Fatalf("status %d\n%s", status, log)
	}
	if status, out, log := app.Call(append(args, "-epochs", "2")...); status != 0 || !strings.Contains(log, "going on at step 5") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	if status, _, log := app.Call(append(args, "-lr", "7")...); status != 2 || !strings.Contains(log, "got -lr 7, but the run in "+folder) {
		t.Errorf("status %d\n%s", status, log)
	}
}
