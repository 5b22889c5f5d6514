package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A report has all headings of docs/performance.md, and no others.
func TestReportHasAllHeadings(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	if err := (measurements{}).report(&report); err != nil {
		t.Fatal(err)
	}
	headings := func(text string) []string {
		return slices.Sorted(slices.Values(regexp.MustCompile(`(?m)^#+ .*$`).FindAllString(text, -1)))
	}
	if got, want := headings(report.String()), headings(string(text)); !slices.Equal(got, want) {
		t.Errorf("got the headings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
