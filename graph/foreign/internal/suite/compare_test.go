package suite

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded writes the runs of a test to files, as machines do.
func recorded(t *testing.T, test string, runs ...run) *Result {
	r := &Result{values: t.TempDir()}
	f, err := os.Create(filepath.Join(r.values, test))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := gob.NewEncoder(f)
	for _, run := range runs {
		if err := e.Encode(run); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// runOf is a run of a graph with an input of the given shape and another node.
func runOf(machine int, shape string, y float64) run {
	return run{Machine: machine, Nodes: []node{
		{ID: 0, Kind: "input " + shape, Op: "x", Value: vector("float64", 1, 2), Grad: vector("float64", y, y)},
		{ID: 1, Kind: "sum", Op: "Σ", Value: vector("float64", y)},
	}}
}

func TestCompare(t *testing.T) {
	failed := runOf(1, "(2)", 3)
	failed.Err = "no memory"
	short := runOf(1, "(2)", 3)
	short.Nodes = short.Nodes[:1]
	for _, c := range []struct {
		name        string
		ours, stock []run
		want        string // the differences, without the name of the test
	}{
		{"equal", []run{runOf(1, "(2)", 3), runOf(1, "(2)", 4)}, []run{runOf(1, "(2)", 3), runOf(1, "(2)", 4)}, ""},
		{"another order of machines", []run{runOf(1, "(2)", 3), runOf(2, "(1)", 4)}, []run{runOf(1, "(1)", 4), runOf(2, "(2)", 3)}, ""},
		{"machines whose runs alternate", []run{runOf(1, "(2)", 3), runOf(2, "(2)", 4), runOf(1, "(2)", 5)},
			[]run{runOf(1, "(2)", 3), runOf(1, "(2)", 5), runOf(2, "(2)", 4)}, ""},
		{"value and gradient", []run{runOf(1, "(2)", 3), runOf(1, "(2)", 5)}, []run{runOf(1, "(2)", 3), runOf(1, "(2)", 4)},
			"machine 1, run 2, node 0 (x): gradient: float64 [2]: got an element 5, want 4\n" +
				"machine 1, run 2, node 1 (Σ): value: float64 [1]: got an element 5, want 4"},
		{"error", []run{failed}, []run{runOf(1, "(2)", 3)}, `machine 1, run 1: got the error "no memory", want ""`},
		{"runs", []run{runOf(1, "(2)", 3)}, []run{runOf(1, "(2)", 3), runOf(1, "(2)", 3)}, "machine 1, run 0: got 1 runs, want 2"},
		{"nodes", []run{runOf(1, "(2)", 3), short}, []run{runOf(1, "(2)", 3), runOf(1, "(2)", 3)},
			"machine 1, run 2: got 1 nodes, want 2"},
		{"machines", []run{runOf(1, "(2)", 3)}, []run{runOf(1, "(1)", 3), runOf(2, "(2)", 3)},
			"machine 0, run 0: got runs of 1 machines, want 2\nmachine 1, run 0: got no machine with this graph, want one"},
	} {
		got, err := Compare(recorded(t, "TestSum", c.stock...), recorded(t, "TestSum", c.ours...))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, d := range got.Differences {
			lines = append(lines, strings.TrimPrefix(d.String(), "TestSum, "))
		}
		if text := strings.Join(lines, "\n"); text != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text, c.want)
		}
		if c.want == "" && (got.Runs != len(c.stock) || got.Values != 3*len(c.stock)) {
			t.Errorf("%s: compared %d runs and %d values, want %d runs of 3", c.name, got.Runs, got.Values, len(c.stock))
		}
	}
}

// A test that has ended before its first run has no file.
func TestCompareWithoutRuns(t *testing.T) {
	got, err := Compare(recorded(t, "TestSum", runOf(1, "(2)", 3)), recorded(t, "TestOther"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Differences) != 2 || !strings.Contains(got.Differences[0].String(), "TestSum, machine 0, run 0: got runs of 0 machines, want 1") {
		t.Errorf("got %v", got.Differences)
	}
}

func TestCompareBrokenFile(t *testing.T) {
	stock := recorded(t, "TestSum", runOf(1, "(2)", 3))
	file := filepath.Join(stock.values, "TestSum")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data[:len(data)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(stock, stock); err == nil || !strings.Contains(err.Error(), "TestSum") {
		t.Errorf("got %v, want an error that names the test", err)
	}
}
