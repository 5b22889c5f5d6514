//go:build linux

package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// hostileTo is the environment variable with the address that TestHostileProcess attacks.
const hostileTo = "GRADFLOW_HOSTILE_TO"

// TestHostileProcess is the process of the hostile clients, at the lowest priority. Each line of input begins or ends the attack.
// The answer is the processor time that the process has used.
func TestHostileProcess(t *testing.T) {
	address := os.Getenv(hostileTo)
	if address == "" {
		t.Skip("a part of BenchmarkHostileClients")
	}
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19); err != nil {
		t.Fatal(err)
	}
	stop := func() {}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); fmt.Println(processorTime().Nanoseconds()) {
		stop()
		stop = func() {}
		if lines.Text() == "begin" {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				attack(ctx, address)
			}()
			stop = func() { cancel(); <-done }
		}
	}
	stop()
}

// BenchmarkHostileClients measures the cost of 50 hostile clients, in another process, to a run that is shown: the ratios of the
// time of a step, and of the processor time of this process, with and without them, and the memory. On a machine whose cores the
// clients use too, the second ratio is the cost of the server, and the first includes that of the clients.
//
//	go test ./vanishing/live -run '^$' -bench HostileClients -benchtime 1x
func BenchmarkHostileClients(b *testing.B) {
	for b.Loop() {
		s := start(b)
		clients := startClients(b, strings.TrimPrefix(s.URL(), "http://"))
		recorder := &vanishing.Recorder{Name: "attacked"}
		m := &meter{clients: clients}
		trainer, set := network(b, 1<<30, recorder, s.Follow(recorder), m)
		if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
			b.Fatal(err)
		}
		m.report(b)
	}
}

// BenchmarkHostileServer measures the processor time a second that a server spends on the same clients. Its run changes ten times a
// second and does not train, so that nothing else is measured. A core is 1000 ms/s.
//
//	go test ./vanishing/live -run '^$' -bench HostileServer -benchtime 1x
func BenchmarkHostileServer(b *testing.B) {
	for b.Loop() {
		s := start(b)
		clients := startClients(b, strings.TrimPrefix(s.URL(), "http://"))
		f := begin(b, s.Server, &fixed{long(200)})
		for _, what := range []string{"end", "begin"} {
			if _, err := clients.do(what); err != nil {
				b.Fatal(err)
			}
			begun, used := time.Now(), processorTime()
			for time.Since(begun) < 20*time.Second {
				f.AfterStep(oneStep)
				time.Sleep(minInterval)
			}
			cores := (processorTime() - used).Seconds() / time.Since(begun).Seconds()
			b.ReportMetric(1000*cores, map[string]string{"end": "ms/s-alone", "begin": "ms/s-attacked"}[what])
		}
	}
}

// clients are the process with the hostile clients.
type clients struct {
	in  io.Writer
	out *bufio.Scanner
}

// startClients starts the process without an attack. The process ends with the benchmark.
func startClients(t testing.TB, address string) clients {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run", "^TestHostileProcess$")
	command.Env, command.Stderr = append(os.Environ(), hostileTo+"="+address), os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	return clients{in, bufio.NewScanner(out)}
}

// do makes the clients begin or end the attack and returns the processor time that they have used.
func (c clients) do(what string) (used time.Duration, err error) {
	if _, err := fmt.Fprintln(c.in, what); err != nil {
		return 0, err
	}
	if !c.out.Scan() {
		return 0, errors.New("the hostile clients have ended")
	}
	_, err = fmt.Sscan(c.out.Text(), (*int64)(&used))
	return used, err
}

// A meter measures a run in rounds, each with a part under attack and a part without.
type meter struct {
	train.Base
	clients clients
	part    int // the first is a warm-up
	steps   int // of the part
	begun   time.Time
	used    time.Duration // by this process before the part
	theirs  time.Duration // used by the clients in all
	memory  uint64        // most in the part
	next    time.Time     // of measuring the memory
	parts   [2][]measured // without and with
}

// measured is the cost of a part: the seconds of a step by the clock and of processor time, and the most memory.
type measured struct{ clock, cores, memory float64 }

const (
	hostileRounds = 9
	hostilePart   = 3 * time.Second
	hostileRest   = 3 * time.Second // before a part, until the connections of the previous part have ended
)

// AfterStep implements train.Callback.
func (m *meter) AfterStep(*train.Run) error {
	now := time.Now()
	if now.Before(m.begun) {
		return nil
	}
	if m.steps == 0 {
		m.used = processorTime()
	}
	m.steps++
	if now.After(m.next) {
		m.memory, m.next = max(m.memory, memory()), now.Add(50*time.Millisecond)
	}
	if now.Sub(m.begun) < hostilePart {
		return nil
	}
	if m.part > 0 {
		n := float64(m.steps)
		with := m.with()
		m.parts[with] = append(m.parts[with], measured{now.Sub(m.begun).Seconds() / n, (processorTime() - m.used).Seconds() / n, float64(m.memory) / 1e6})
	}
	if m.part++; m.part > 2*hostileRounds {
		return train.ErrStop
	}
	var err error
	if m.theirs, err = m.clients.do([]string{"end", "begin"}[m.with()]); err != nil {
		return err
	}
	m.steps, m.memory, m.begun = 0, 0, time.Now().Add(hostileRest)
	return nil
}

// with is 1 in parts with an attack. Two parts of a kind follow each other, so that neither kind is always the first of a round.
func (m *meter) with() int { return m.part / 2 % 2 }

// report reports the medians over the rounds.
func (m *meter) report(b *testing.B) {
	var clock, cores []float64
	var memory [2]float64
	for i := range hostileRounds {
		without, with := m.parts[0][i], m.parts[1][i]
		clock, cores = append(clock, with.clock/without.clock), append(cores, with.cores/without.cores)
		memory[0], memory[1] = max(memory[0], without.memory), max(memory[1], with.memory)
	}
	slices.Sort(clock)
	slices.Sort(cores)
	b.ReportMetric(clock[hostileRounds/2], "clock-ratio")
	b.ReportMetric(cores[hostileRounds/2], "cores-ratio")
	b.ReportMetric(memory[1]-memory[0], "MB-more")
	b.ReportMetric(memory[0], "MB-alone")
	b.ReportMetric(m.theirs.Seconds()/(hostileRounds*(hostilePart+hostileRest).Seconds()), "cores-of-clients")
	b.Logf("by the clock %.3f, cores %.3f", clock, cores)
}

// processorTime is the time of all cores that this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
