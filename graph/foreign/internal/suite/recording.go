package suite

import (
	"encoding/gob"
	"io"
	"os"

	"github.com/pkg/errors"
)

// A run is a call of RunAll. testdata/record.go writes it, with nodes and values.
type run struct {
	Machine int // which machine of the test
	Err     string
	Nodes   []node // of the whole graph
}

// A node is a node of the graph after a run.
type node struct {
	ID    int64
	Kind  string // the Go type of the operation, and the type and shape of its result
	Op    string // how the operation is printed; for an input its name
	Inner bool   // whether no program can have the node, because a function has drawn it for itself
	Value *value // nil if it has none
	Grad  *value // of an input, what its method Grad returns
}

// readMachines reads the runs of a test, machine by machine, in the order of their first runs. Without a file there are none.
func readMachines(file string) ([][]run, error) {
	f, err := os.Open(file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "suite: cannot read recorded values")
	}
	defer f.Close()
	var order []int
	runs := make(map[int][]run)
	for d := gob.NewDecoder(f); ; {
		var r run
		switch err := d.Decode(&r); {
		case err == io.EOF:
			machines := make([][]run, len(order))
			for i, number := range order {
				machines[i] = runs[number]
			}
			return machines, nil
		case err != nil:
			return nil, errors.Wrapf(err, "suite: cannot read recorded values of %s", file)
		}
		if runs[r.Machine] == nil {
			order = append(order, r.Machine)
		}
		runs[r.Machine] = append(runs[r.Machine], r)
	}
}
