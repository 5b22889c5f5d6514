package export

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// A file that was not checked is an error in each format, beside the networks that were.
func TestUnreadFiles(t *testing.T) {
	list := append(checkedNetworks(), Checked{Source: "my runs/q.json", Err: errors.New("q.json: damaged\n::error::\x1b")}, Checked{Err: errors.New("-: empty")})
	var b bytes.Buffer
	if err := JUnit(&b, list...); err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Errors int `xml:"errors,attr"`
		Suites []struct {
			Name   string `xml:"name,attr"`
			Tests  int    `xml:"tests,attr"`
			Errors int    `xml:"errors,attr"`
			Cases  []struct {
				Error *struct {
					Message string `xml:"message,attr"`
				} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &suites); err != nil || len(suites.Suites) != 4 || suites.Errors != 2 {
		t.Fatalf("got %v, %d suites and %d errors, want 4 and 2", err, len(suites.Suites), suites.Errors)
	}
	for i, s := range suites.Suites {
		if unread := i > 1; (s.Errors == 1) != unread || unread && (s.Tests != 1 || len(s.Cases) != 1 || s.Cases[0].Error == nil || s.Cases[0].Error.Message == "" || s.Name == "") {
			t.Errorf("suite %d: got %+v", i, s)
		}
	}
	b.Reset()
	if err := SARIF(&b, list...); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Invocations []sarifInvocation
			Results     []sarifResult
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) == 0 || len(log.Runs[0].Invocations) != 1 {
		t.Fatalf("got %v and %+v, want results and one invocation", err, log)
	}
	run := log.Runs[0].Invocations[0]
	if run.Successful || len(run.Notifications) != 2 || run.Notifications[0].Locations[0].Physical.Artifact.URI != "my%20runs/q.json" || run.Notifications[1].Locations != nil {
		t.Errorf("got %+v, want one that failed, with two notifications (SARIF 2.1.0, 3.20)", run)
	}
	b.Reset()
	if err := GitHub(&b, list[2:]...); err != nil {
		t.Fatal(err)
	}
	want := "::error file=my runs/q.json,title=my runs/q.json%3A not checked::q.json: damaged\\n::error::\\x1b\n::error title=-%3A not checked::-: empty\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.Reset()
	if err := SARIF(&b, checkedNetworks()...); err != nil || strings.Contains(b.String(), "invocations") {
		t.Errorf("got %v and invocations where all files were read, want none", err)
	}
}
