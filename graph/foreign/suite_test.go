package foreign_test

import (
	"errors"
	"os"
	"testing"

	"github.com/gradflow/gradflow/graph/foreign/internal/suite"
)

// TestGorgoniaSuite runs Gorgonia's own tests on TapeMachine and on our machine: the same tests must pass, and every node must have
// the same value after every run, but for those listed above.
func TestGorgoniaSuite(t *testing.T) {
	stock, ours := runSuite(t)
	for name, o := range stock.Outcomes {
		if !o.Passed {
			t.Errorf("%s fails on TapeMachine: it should pass there:\n%s", name, o.Output)
		}
	}
	for name, o := range stock.Outcomes {
		checkOutcome(t, name, o, ours.Outcomes[name])
	}
	c, err := suite.Compare(stock, ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d tests, %d runs, %d values", len(stock.Outcomes), c.Runs, c.Values)
	if len(stock.Outcomes) < 260 || c.Values < 140_000 {
		t.Errorf("got %d tests and %d values, want at least 260 and 140000", len(stock.Outcomes), c.Values)
	}
	checkDifferences(t, c.Differences)
}

// runSuite runs the tests on both machines, or skips the test.
func runSuite(t *testing.T) (stock, ours *suite.Result) {
	demand := os.Getenv("GRADFLOW_SUITE")
	if demand == "" {
		t.Skip("SKIPPED: Gorgonia's own tests do not run on our machine. They take a minute, and may need modules from the network: " +
			"set GRADFLOW_SUITE=require, or =try to skip them where the modules are not to be had")
	}
	tests, err := suite.Build(t.TempDir())
	if errors.Is(err, suite.ErrNoModules) && demand == "try" {
		t.Skipf("SKIPPED: Gorgonia's own tests do not run on our machine: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		var err error
		stock, err = tests.Run(suite.Stock)
		done <- err
	}()
	if ours, err = tests.Run(suite.Ours); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	return stock, ours
}

// checkOutcome demands that a test which passes on TapeMachine passes on our machine, unless it is listed.
func checkOutcome(t *testing.T, name string, stock, ours *suite.Outcome) {
	passed := ours != nil && ours.Passed
	switch {
	case passed && acceptedFailures[name] != "":
		t.Errorf("%s passes, so it must leave acceptedFailures", name)
	case passed || !stock.Passed || mayFail(name):
	case ours == nil:
		t.Errorf("%s does not run on our machine: a test around it has ended", name)
	default:
		t.Errorf("%s fails on our machine:\n%s", name, ours.Output)
	}
}

// mayFail tells whether a list has a test.
func mayFail(name string) bool { return acceptedFailures[name] != "" || roundingFailures[name] != "" }

// checkDifferences demands that all differences are listed, and that each entry of the list has some.
func checkDifferences(t *testing.T, differences []suite.Difference) {
	type entry struct {
		list int
		op   string
	}
	used := make(map[entry]bool)
	reported := make(map[string]bool) // tests and operations, which often differ in many runs
	for _, d := range differences {
		listed := d.Op == "" && mayFail(d.Test) // a test that fails may end before its last runs
		for i, a := range acceptedDifferences {
			if op, is := a.accepts(d); is {
				used[entry{i, op}], listed = true, true
			}
		}
		if key := d.Test + " " + d.Op; !listed && !reported[key] {
			reported[key] = true
			t.Error(d)
		}
	}
	for i, a := range acceptedDifferences {
		for _, op := range a.ops {
			if !used[entry{i, op}] && !a.rounding {
				t.Errorf("%q of %q does not differ, so it must leave acceptedDifferences", op, a.test)
			}
		}
	}
}
