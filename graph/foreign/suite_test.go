package foreign_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph/foreign/internal/suite"
)

// acceptedFailures are tests of Gorgonia's that fail on our machine, and why that is right.
var acceptedFailures = map[string]string{
	"TestUse":                          "it demands that a convolution calls the BLAS given to gorgonia.Use; the machine has its own products",
	"Test_tapeMachinePointerWatchFail": "it demands an error for two values at one address; the machine plans its memory, and shares it where it may",
}

// acceptedDifferences are nodes whose values differ, and why that is right.
var acceptedDifferences = []struct{ test, op, why string }{
	{"", "SizeOf", "only broadcasts read it, and the machine computes them from shapes"},
}

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
	if len(stock.Outcomes) < 260 || c.Values < 160_000 {
		t.Errorf("got %d tests and %d values, want at least 260 and 160000", len(stock.Outcomes), c.Values)
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
	why := acceptedFailures[name]
	switch {
	case passed && why != "":
		t.Errorf("%s passes, so it must leave acceptedFailures", name)
	case passed || why != "" || !stock.Passed:
	case ours == nil:
		t.Errorf("%s does not run on our machine: a test around it has ended", name)
	default:
		t.Errorf("%s fails on our machine:\n%s", name, ours.Output)
	}
}

// checkDifferences demands that all differences are listed, and that there are no others in the list.
func checkDifferences(t *testing.T, differences []suite.Difference) {
	used := make([]bool, len(acceptedDifferences))
	reported := make(map[string]bool) // a test and an operation, which often differ in many runs
	for _, d := range differences {
		listed := acceptedFailures[d.Test] != ""
		for i, a := range acceptedDifferences {
			if (a.test == "" || a.test == d.Test) && strings.HasPrefix(d.Op, a.op) {
				used[i], listed = true, true
			}
		}
		if key := d.Test + " " + d.Op; !listed && !reported[key] {
			reported[key] = true
			t.Error(d)
		}
	}
	for i, a := range acceptedDifferences {
		if !used[i] {
			t.Errorf("no node %q of %q differs, so it must leave acceptedDifferences", a.op, a.test)
		}
	}
}
