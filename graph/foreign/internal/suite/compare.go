package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// A Difference is something that our machine has left otherwise than TapeMachine.
type Difference struct {
	Test         string
	Machine, Run int // which machine of the test, and which of its runs, from 1
	Node         int64
	Op           string // of the node, or the name of an input; "" if the run as a whole differs
	What         string
}

func (d Difference) String() string {
	where := fmt.Sprintf("%s, machine %d, run %d", d.Test, d.Machine, d.Run)
	if d.Op != "" {
		where += fmt.Sprintf(", node %d (%s)", d.Node, d.Op)
	}
	return where + ": " + d.What
}

// A Comparison is of all values that the machines have recorded.
type Comparison struct {
	Differences  []Difference
	Runs, Values int // that were compared
}

// Compare compares the values of all tests.
func Compare(stock, ours *Result) (*Comparison, error) {
	files, err := os.ReadDir(stock.values)
	if err != nil {
		return nil, errors.Wrap(err, "suite: cannot read recorded values")
	}
	c := &Comparison{}
	for _, file := range files {
		want, err := readMachines(filepath.Join(stock.values, file.Name()))
		if err != nil {
			return nil, err
		}
		got, err := readMachines(filepath.Join(ours.values, file.Name()))
		if err != nil {
			return nil, err
		}
		c.compareTest(file.Name(), got, want)
	}
	return c, nil
}

// compareTest compares machine by machine, and run by run.
func (c *Comparison) compareTest(test string, got, want [][]run) {
	at := Difference{Test: test}
	if len(got) != len(want) {
		c.add(at, "got runs of %d machines, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		at.Machine, at.Run = i+1, 0
		if len(got[i]) != len(want[i]) {
			c.add(at, "got %d runs, want %d", len(got[i]), len(want[i]))
		}
		for j := range min(len(got[i]), len(want[i])) {
			at.Run = j + 1
			c.compareRun(at, got[i][j], want[i][j])
		}
	}
}

// compareRun compares node by node.
func (c *Comparison) compareRun(at Difference, got, want run) {
	c.Runs++
	if (got.Err == "") != (want.Err == "") {
		c.add(at, "got the error %q, want %q", got.Err, want.Err)
	}
	if !slices.EqualFunc(got.Nodes, want.Nodes, sameOperation) {
		c.add(at, "got another graph, want the same one each time that the test runs")
		return
	}
	for i, n := range want.Nodes {
		at.Node, at.Op = n.ID, n.Op
		c.compareValues(at, "value", got.Nodes[i].Value, n.Value)
		c.compareValues(at, "bound gradient", got.Nodes[i].Grad, n.Grad)
	}
}

// sameOperation tells whether nodes of two processes are of the same operation. What operations print can depend on the order of a
// map.
func sameOperation(a, b node) bool { return a.ID == b.ID && a.Kind == b.Kind }

// compareValues compares what a node has.
func (c *Comparison) compareValues(at Difference, what string, got, want *value) {
	if got == nil && want == nil {
		return
	}
	c.Values++
	if difference := differ(got, want); difference != "" {
		c.add(at, "%s: %s", what, difference)
	}
}

// add adds a difference.
func (c *Comparison) add(at Difference, format string, args ...any) {
	at.What = fmt.Sprintf(format, args...)
	c.Differences = append(c.Differences, at)
}
