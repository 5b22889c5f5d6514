package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
)

// A rival is a process that trains on command. Only one trains at a time; the others wait for input.
type rival struct {
	name    string
	variant string // of PyTorch
	in      io.WriteCloser
	out     *bufio.Scanner
	process *exec.Cmd
	samples []sample
	warm    int     // steps to make before measuring
	memory  float64 // peak, in MiB
}

// A sample is a block of steps.
type sample struct {
	round  int
	step   float64 // milliseconds of a step
	loss   float64 // of the last step
	cores  float64 // busy on average
	allocs float64 // per step
}

// start runs a command as a rival.
func start(name string, env []string, command ...string) (*rival, error) {
	r := &rival{name: name, process: exec.Command(command[0], command[1:]...)}
	r.process.Env = append(os.Environ(), env...)
	r.process.Stderr = os.Stderr
	in, err := r.process.StdinPipe()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	out, err := r.process.StdoutPipe()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	r.in, r.out = in, bufio.NewScanner(out)
	return r, errors.Wrap(r.process.Start(), name)
}

// startProcess runs this program as a rival.
func startProcess(name string, env []string, args ...string) (*rival, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return start(name, env, append([]string{self}, args...)...)
}

// startSelf runs a configuration of ours as a rival.
func startSelf(name string, c configuration, env ...string) (*rival, error) {
	return startProcess(name, env, "-child", name, "-workload", c.Name, "-batch", fmt.Sprint(c.batch), "-optimizer", c.optimizer)
}

// startTorch runs PyTorch as a rival.
func (s setup) startTorch(dir string, c configuration) (*rival, error) {
	description, err := json.Marshal(map[string]any{
		"Widths": c.Widths, "Act": c.Act, "Norm": c.Norm, "Blocks": c.Blocks, "Scale": c.Scale, "Products": c.Products(c.batch), "Rate": c.Rate(c.optimizer),
	})
	if err != nil {
		return nil, errors.WithStack(err)
	}

	return start("PyTorch", s.torchEnv, s.python, s.script, dir, string(description), fmt.Sprint(c.batch), c.optimizer)
}

// ask sends a command and reads numbers.
func (r *rival) ask(command string) ([]float64, error) {
	if _, err := fmt.Fprintln(r.in, command); err != nil {
		return nil, errors.Wrapf(err, "%s: %s", r.name, command)
	}
	if !r.out.Scan() {
		return nil, errors.Errorf("run: %s: answer to %q: got end of output, want numbers", r.name, command)
	}
	var numbers []float64
	for _, field := range strings.Fields(r.out.Text()) {
		var v float64
		if _, err := fmt.Sscan(field, &v); err != nil {
			return nil, errors.Errorf("run: %s: answer to %q: got %q, want numbers", r.name, command, r.out.Text())
		}
		numbers = append(numbers, v)
	}
	return append(numbers, make([]float64, 4)...), nil
}

// steps makes a rival train for some steps.
func (r *rival) steps(n int) (sample, error) {
	command := fmt.Sprintf("run %d", n)
	if r.variant != "" {
		command = fmt.Sprintf("run %s %d", r.variant, n)
	}
	v, err := r.ask(command)
	if err != nil {
		return sample{}, err
	}
	return sample{step: v[0] / 1e6, loss: v[1], cores: v[2], allocs: v[3] / float64(n)}, nil
}

// peak is the peak memory of the process so far, in MiB; 0 on systems without /proc.
func (r *rival) peak() float64 {
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(r.process.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}

// stop ends the process.
func (r *rival) stop() error {
	if err := r.in.Close(); err != nil {
		return errors.WithStack(err)
	}
	return errors.Wrap(r.process.Wait(), r.name)
}

// A configuration is one row of the table.
type configuration struct {
	bench.Workload
	batch     int
	optimizer string
}

func (c configuration) String() string {
	return fmt.Sprintf("(%s) batch %d, %s", c.Name, c.batch, c.optimizer)
}

// startGoMLX runs GoMLX as a rival.
func startGoMLX(command, dir string, c configuration) (*rival, error) {
	description, err := json.Marshal(map[string]any{"Widths": c.Widths, "Act": c.Act, "Norm": c.Norm, "Blocks": c.Blocks, "Scale": c.Scale,
		"Rate": c.Rate(c.optimizer)})
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return start("GoMLX", nil, command, dir, string(description), fmt.Sprint(c.batch), c.optimizer)
}
