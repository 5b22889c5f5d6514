package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

// compareTest compares the machines that have run the same graph, in the order in which they first ran.
func (c *Comparison) compareTest(test string, got, want [][]run) {
	at := Difference{Test: test}
	if len(got) != len(want) {
		c.add(at, "got runs of %d machines, want %d", len(got), len(want))
	}
	left := make(map[string][][]run)
	for _, machine := range got {
		graph := graphOf(machine)
		left[graph] = append(left[graph], machine)
	}
	for i, machine := range want {
		at.Machine = i + 1
		graph := graphOf(machine)
		if len(left[graph]) == 0 {
			c.add(at, "got no machine with this graph, want one")
			continue
		}
		c.compareMachine(at, left[graph][0], machine)
		left[graph] = left[graph][1:]
	}
}

// graphOf describes the graph of a machine's first run. A test that walks a map may make its machines in any order.
func graphOf(machine []run) string {
	var b strings.Builder
	for _, n := range machine[0].Nodes {
		fmt.Fprintln(&b, n.ID, n.Kind)
	}
	return b.String()
}

// compareMachine compares run by run.
func (c *Comparison) compareMachine(at Difference, got, want []run) {
	if len(got) != len(want) {
		c.add(at, "got %d runs, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		at.Run = i + 1
		c.compareRun(at, got[i], want[i])
	}
}

// compareRun compares node by node.
func (c *Comparison) compareRun(at Difference, got, want run) {
	c.Runs++
	if (got.Err == "") != (want.Err == "") {
		c.add(at, "got the error %q, want %q", got.Err, want.Err)
	}
	if len(got.Nodes) != len(want.Nodes) {
		c.add(at, "got %d nodes, want %d", len(got.Nodes), len(want.Nodes))
		return
	}
	for i, n := range want.Nodes {
		at.Node, at.Op = n.ID, n.Op
		if v := got.Nodes[i].Value; v != nil || !n.Inner { // our machine need not compute an inner node
			c.compareValues(at, "value", v, n.Value)
		}
		c.compareValues(at, "gradient", got.Nodes[i].Grad, n.Grad)
	}
}

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
