package suite

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// An Outcome is what came of a test.
type Outcome struct {
	Passed bool // or skipped itself
	Output string
}

// An event is what test2json prints of a test.
type event struct{ Action, Test, Output string }

// readOutcomes reads the events of a process. A test that the process did not end has failed.
func readOutcomes(events []byte) (map[string]*Outcome, error) {
	outcomes := make(map[string]*Outcome)
	for d := json.NewDecoder(bytes.NewReader(events)); ; {
		var e event
		switch err := d.Decode(&e); {
		case err == io.EOF:
			return outcomes, nil
		case err != nil:
			return nil, errors.Wrap(err, "suite: cannot read the output of test2json")
		case e.Test == "":
			continue // of the whole process
		}
		if outcomes[e.Test] == nil {
			outcomes[e.Test] = &Outcome{}
		}
		o := outcomes[e.Test]
		o.Output += e.Output
		o.Passed = o.Passed || e.Action == "pass" || e.Action == "skip"
	}
}

// runAll runs tests until each has an outcome: a test that panics ends its process, and those after it need another. The function run
// runs those whose names a regular expression matches, and returns the events.
func runAll(tests []string, run func(pattern string) (events []byte, err error)) (map[string]*Outcome, error) {
	all := make(map[string]*Outcome)
	for len(tests) > 0 {
		names := make([]string, len(tests))
		for i, test := range tests {
			names[i] = regexp.QuoteMeta(test)
		}
		events, err := run("^(" + strings.Join(names, "|") + ")$")
		if err != nil {
			return nil, err
		}
		outcomes, err := readOutcomes(events)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, outcomes)
		left := slices.DeleteFunc(slices.Clone(tests), func(test string) bool { return all[test] != nil })
		if len(left) == len(tests) {
			return nil, errors.Errorf("suite: got no outcome of %v, want one: %s", tests, events)
		}
		tests = left
	}
	return all, nil
}
