//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// TestMain runs the command for the tests that start it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("DEMO_TEST_COMMAND") == "" {
		os.Exit(m.Run())
	}
	ctx := console.UntilSignal()
	fmt.Fprintln(os.Stderr, "ready")
	end(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A process is a running command. Tests can wait for lines of its log.
type process struct {
	t       *testing.T
	command *exec.Cmd
	stdin   io.WriteCloser
	stdout  bytes.Buffer
	mu      sync.Mutex
	log     strings.Builder
	lines   chan string
	logEnd  chan bool // closed at the end of the log
}

// patience is longer than any step of these tests takes, even on a busy machine.
const patience = time.Minute

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(os.Args[0], args...), lines: make(chan string, 10_000), logEnd: make(chan bool)}
	p.command.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1")
	p.command.Stdout = &p.stdout
	stderr, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.command.Process.Kill() })
	go func() {
		defer close(p.logEnd)
		for scanner := bufio.NewScanner(stderr); scanner.Scan(); {
			p.mu.Lock()
			p.log.WriteString(scanner.Text() + "\n")
			p.mu.Unlock()
			p.lines <- scanner.Text()
		}
	}()
	p.waitFor("ready")
	return p
}

func (p *process) waitFor(text string) {
	p.t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case line := <-p.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			p.t.Fatalf("no %q in the log:\n%s", text, p.logged())
		}
	}
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func (p *process) signal(s os.Signal) {
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Error(err)
	}
}

// end is the exit status, or the negative signal that the process died of.
func (p *process) end() int {
	p.t.Helper()
	select {
	case <-p.logEnd:
	case <-time.After(patience):
		p.t.Fatalf("the command does not end:\n%s", p.logged())
	}
	p.command.Wait()
	if strings.Contains(p.logged(), "panic") {
		p.t.Errorf("it panics:\n%s", p.logged())
	}
	status := p.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

// ended checks how the command ended after a signal.
func (p *process) ended(signal syscall.Signal) {
	p.t.Helper()
	word := map[syscall.Signal]string{syscall.SIGINT: "interrupted", syscall.SIGTERM: "terminated", syscall.SIGHUP: "hung up"}[signal]
	if status := p.end(); status != 128+int(signal) || !strings.Contains(p.logged(), "demo: "+word+"\n") {
		p.t.Errorf("%v: status %d, want %d and %q in\n%s", signal, status, 128+int(signal), word, p.logged())
	}
}

// signals are the signals that the command obeys. It ignores signals that the test was started to ignore, as by nohup.
var signals = slices.DeleteFunc([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}, func(s syscall.Signal) bool {
	return signal.Ignored(s)
})

// fewSignals are one of the signals in short mode: what follows is the same for each.
func fewSignals() []syscall.Signal {
	if testing.Short() {
		return signals[:min(1, len(signals))]
	}
	return signals
}

// endless is a training that does not end.
func endless(folder string) []string {
	return []string{"train", "-epochs", "100000", "-subset", "640", "-depth", "5", "-width", "16", "-out", folder}
}

// A signal in training leaves a report of the steps recorded so far.
func TestSignalsInTraining(t *testing.T) {
	for _, signal := range signals {
		folder := t.TempDir()
		p := start(t, append(endless(folder), "-save-every", "5")...)
		p.waitFor("epoch 2/")
		p.signal(signal)
		p.ended(signal)
		if profiles, err := demotest.ReadProfiles(filepath.Join(folder, "profiles.json")); err != nil || len(profiles[0].Records) == 0 {
			t.Errorf("%v: %v", signal, err)
		}
		if !strings.Contains(p.stdout.String(), "plain relu") {
			t.Errorf("%v: there is no summary:\n%s", signal, p.stdout.String())
		}
		if c, _, err := checkpoint.Newest(filepath.Join(folder, checkpointsName)); err != nil || c == nil || c.Epoch < 1 {
			t.Errorf("%v: the checkpoint is %v, %v", signal, c, err)
		}
	}
}

// A signal in the trials of remedies ends them.
func TestSignalsInRemedies(t *testing.T) {
	for _, signal := range fewSignals() {
		folder := t.TempDir()
		p := start(t, "train", "-activation", "sigmoid", "-depth", "60", "-epochs", "1", "-subset", "640", "-out", folder)
		p.waitFor("epoch 1/")
		p.signal(signal)
		p.ended(signal)
		if _, err := demotest.ReadProfiles(filepath.Join(folder, "profiles.json")); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
	}
}

// A signal ends reading and checking at once.
func TestSignalsInOtherCommands(t *testing.T) {
	fifos := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(fifos, "train-images-idx3-ubyte"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"compare", "-"}, {"report", "-out", filepath.Join(fifos, "report"), "-"}, {"-data", fifos},
		{"check", "-steps", "1000000", "-subset", "640"},
	} {
		for _, signal := range signals {
			p := start(t, args...)
			p.signal(signal)
			p.ended(signal)
		}
	}
}

// A signal ends the writing of reports, and the command lists the saved files.
func TestSignalsInReports(t *testing.T) {
	names := make([]string, 12) // all have pictures
	source := demotest.WriteProfiles(t, t.TempDir(), names...)
	for _, signal := range fewSignals() {
		folder := filepath.Join(t.TempDir(), "report")
		p := start(t, "report", "-out", folder, source)
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(folder, "report.md")); err == nil {
				break // report.txt is written before it
			}
		}
		p.signal(signal)
		p.ended(signal)
		if log := p.logged(); !strings.Contains(log, "saved report.txt") || !strings.Contains(log, "(no time left)") {
			t.Errorf("%v: no list of saved files in\n%s", signal, log)
		}
		for _, name := range strings.Fields(demotest.List(t, folder)) {
			if strings.HasSuffix(name, ".tmp") {
				t.Errorf("%v: the temporary file %s is left over", signal, name)
			}
			if content, err := os.ReadFile(filepath.Join(folder, name)); err == nil && len(content) == 0 {
				t.Errorf("%s is empty", name)
			}
		}
	}
}

// A signal closes the page that stays after a training.
func TestSignalsWhileThePageStays(t *testing.T) {
	for _, signal := range fewSignals() {
		p := start(t, append([]string{"train", "-serve", "-out", t.TempDir()}, demotest.Tiny...)...)
		p.waitFor("the page stays")
		p.signal(signal)
		if status := p.end(); status != console.ExitOK {
			t.Errorf("%v: status %d\n%s", signal, status, p.logged())
		}
	}
}

// After a signal the command gives up a file that takes forever. A second signal always kills it.
func TestEndingIsBounded(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "report.html"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, endless(folder)...)
	p.waitFor("epoch 2/")
	p.signal(syscall.SIGTERM)
	p.ended(syscall.SIGTERM)
	if log := p.logged(); !strings.Contains(log, "not saved: report.html, ") || !strings.Contains(log, "saved profiles.json") {
		t.Errorf("no list of saved files in\n%s", log)
	}
	if !strings.Contains(p.stdout.String(), "plain relu") {
		t.Errorf("there is no summary:\n%s", p.stdout.String())
	}
	folder = t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "profiles.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = start(t, append(endless(folder), "-depth", "61")...) // more than a pipe takes
	p.waitFor("epoch 10/")
	p.signal(syscall.SIGINT) // the command then waits for the profiles
	time.Sleep(console.FileTime + console.PrintTime)
	p.signal(syscall.SIGINT)
	if status := p.end(); status != -int(syscall.SIGINT) {
		t.Errorf("status %d after a second signal", status)
	}
}

// A closed output loses no files, and the exit status is 141, as shells report SIGPIPE.
func TestClosedOutput(t *testing.T) {
	folder := t.TempDir()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], append([]string{"train", "-activation", "tanh", "-out", folder}, demotest.Tiny...)...)
	command.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1")
	command.Stdout = write
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if _, err := read.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	read.Close()
	command.Wait()
	if status := command.ProcessState.ExitCode(); status != console.ExitClosed {
		t.Errorf("it ends with %v, want %d", command.ProcessState, console.ExitClosed)
	}
	const want = ".gradflow-pictures all-steps.png all-steps.svg first-step.png first-step.svg gradient-budget-plain-tanh.png gradient-budget-plain-tanh.svg " +
		"layers-by-step-plain-tanh.png layers-by-step-plain-tanh.svg profiles.csv profiles.json report.html report.txt"
	if got := strings.Join(slices.DeleteFunc(strings.Fields(demotest.List(t, folder)), ofRun), " "); got != want {
		t.Errorf("the folder holds %s", got)
	}
}

// ofRun reports whether a file belongs to the run, and not to its report.
func ofRun(name string) bool {
	return slices.Contains([]string{configName, infoName, metricsName, checkpointsName}, name)
}

// A hangup does not end a command that was started to ignore it, as by nohup.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: no shell")
	}
	command := exec.Command(shell, "-c", `trap "" HUP; exec "$0" compare -`, os.Args[0])
	command.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1")
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	if line, err := log.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // a signal that is not ignored ends it now
	stdin.Close()
	rest, _ := io.ReadAll(log)
	command.Wait()
	if status := command.ProcessState.ExitCode(); status != console.ExitFailure || !strings.Contains(string(rest), "got nothing, want one object") {
		t.Errorf("status %d, want that of an empty input\n%s", status, rest)
	}
}

// untilNth is a context that is done from the n-th call of Err on.
type untilNth struct {
	context.Context
	left *int
}

func (c untilNth) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// An interrupted check writes its profile. It prints a verdict only if the steps were complete.
func TestInterruptedCheck(t *testing.T) {
	for _, c := range []struct {
		calls   int
		verdict bool
	}{{6, false}, {30, true}} {
		file := filepath.Join(t.TempDir(), "profile.json")
		var out, log bytes.Buffer
		ctx := untilNth{context.Background(), &c.calls}
		status := app.Run(ctx, []string{"check", "-subset", "320", "-width", "8", "-depth", "12", "-activation", "sigmoid", "-json", file}, &out, &log)
		if status != console.ExitInterrupted || strings.Contains(out.String(), "vanishing") != c.verdict {
			t.Errorf("status %d\n%s%s", status, out.String(), log.String())
		}
		if profiles, err := demotest.ReadProfiles(file); err != nil || (len(profiles[0].Trials) > 0) != c.verdict {
			t.Errorf("the profile: %v", err)
		}
	}
}
