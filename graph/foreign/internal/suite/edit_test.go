package suite

import (
	"strings"
	"testing"
)

const source = `package p

import "time"

type machine struct {
	n int // a comment
}

// Run runs.
func (m *machine) Run() int64 { return Run() + time.Now().UnixNano() }

func Run() int64 { return time.Now(  ).UnixNano() + time.Now().Unix() }

type empty struct{}
`

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name     string
		edit     edit
		old, new string
	}{
		{"method", renameFunc("*machine", "Run", "stockRun"), "(m *machine) Run()", "(m *machine) stockRun()"},
		{"function", renameFunc("", "Run", "stockRun"), "func Run()", "func stockRun()"},
		{"field", addField("machine", "extra state"), "// a comment\n", "// a comment\n\textra state\n"},
		{"field of an empty struct", addField("empty", "extra state"), "struct{}", "struct{\textra state\n}"},
	} {
		got, err := rewrite("p.go", []byte(source), c.edit)
		if want := strings.Replace(source, c.old, c.new, 1); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, want)
		}
	}
}

func TestRewriteExpressions(t *testing.T) {
	got, err := rewrite("p.go", []byte(source), replaceExpr("time.Now().UnixNano()", "time.Unix(1, 0).UnixNano()"), renameFunc("", "Run", "R"))
	if err != nil {
		t.Fatal(err)
	}
	for want, times := range map[string]int{"time.Unix(1, 0).UnixNano()": 2, "time.Now().Unix()": 1, "func R()": 1} {
		if n := strings.Count(string(got), want); n != times {
			t.Errorf("got %d of %q, want %d:\n%s", n, want, times, got)
		}
	}
}

// An edit that finds nothing names what it looked for, and where.
func TestRewriteErrors(t *testing.T) {
	for want, e := range map[string]edit{
		`p.go: got no function "Run" with the receiver "machine"`: renameFunc("machine", "Run", "stockRun"),
		`p.go: got no function "Walk" with the receiver ""`:       renameFunc("", "Walk", "stockWalk"),
		`p.go: got no struct "Run"`:                               addField("Run", "extra state"),
		`p.go: got no expression "time.Since(t)"`:                 replaceExpr("time.Since(t)", "0"),
	} {
		if _, err := rewrite("p.go", []byte(source), e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := rewrite("p.go", []byte("package"), addField("a", "b")); err == nil || !strings.Contains(err.Error(), "p.go") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
