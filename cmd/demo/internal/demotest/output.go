package demotest

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A CancelAt is a writer that cancels at a text.
type CancelAt struct {
	bytes.Buffer
	Text   string
	Cancel context.CancelFunc
}

// Write implements io.Writer.
func (c *CancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.Text) {
		c.Cancel()
	}
	return c.Buffer.Write(p)
}

// A Failing is an output that fails.
type Failing struct{ Err error }

// Write implements io.Writer.
func (f Failing) Write([]byte) (int, error) { return 0, f.Err }

// List returns the names in a folder.
func List(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// WithoutTimes removes the cost of recording, the only part of a report that differs from run to run, and the times and the cores of the run.
func WithoutTimes(report []byte) []byte {
	return regexp.MustCompile(`"cost":\{[^}]*\}|"cores": [0-9]+|(?m:^overhead: .*$)|"(started|ended)": "[^"]*"`).ReplaceAll(report, nil)
}
