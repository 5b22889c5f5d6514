package suite

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/pkg/errors"
)

// A Machine runs the tests.
type Machine string

// The machines: Gorgonia's TapeMachine, and ours.
const (
	Stock Machine = "stock"
	Ours  Machine = "ours"
)

// A Result is what came of a run of all tests.
type Result struct {
	Outcomes map[string]*Outcome // by name; a test within another has a name with a slash
	values   string              // the directory of the recorded values, a file for each test
}

// Run runs all tests on a machine.
func (t *Tests) Run(m Machine) (*Result, error) {
	r := &Result{make(map[string]*Outcome), t.path(string(m), "values")}
	work := t.path(string(m), "work")
	for _, dir := range []string{work, r.values} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, errors.Wrap(err, "suite: cannot make a directory")
		}
	}
	// Some tests read data of the examples.
	if err := os.Symlink(path.Join(t.module, "examples"), path.Join(work, "examples")); err != nil {
		return nil, errors.Wrap(err, "suite: cannot link to the data of the examples")
	}
	environment := append(os.Environ(),
		"GRADFLOW_SUITE_MACHINE="+string(m),
		"GRADFLOW_SUITE_VALUES="+r.values,
		"GODEBUG=randautoseed=0,randseednop=0", // math/rand without a seed gives the same numbers each time, and rand.Seed works
	)
	for _, p := range t.importPaths() {
		process := process{t.path("bin", path.Base(p)+".test"), work, environment}
		outcomes, err := process.runAll()
		if err != nil {
			return nil, err
		}
		maps.Copy(r.Outcomes, outcomes)
	}
	return r, nil
}

// A process runs a compiled test in a directory.
type process struct {
	binary, dir string
	environment []string
}

// runAll runs all tests and examples of the package.
func (p process) runAll() (map[string]*Outcome, error) {
	list, err := p.output(p.binary, "-test.list=^(Test|Example)")
	if err != nil {
		return nil, err
	}
	return runAll(strings.Fields(string(list)), func(pattern string) ([]byte, error) {
		return p.output("go", "tool", "test2json", p.binary, "-test.v=test2json", "-test.timeout=3m", "-test.run="+pattern)
	})
}

// output runs a command and returns its standard output, also if the command fails.
func (p process) output(name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = p.dir, p.environment
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	if len(out) == 0 && err != nil {
		return nil, errors.Errorf("suite: %s: %v\n%s", name, err, problem.Bytes())
	}
	return out, nil
}
