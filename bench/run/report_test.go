package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// byHand are the headings of docs/performance.md that this program does not write.
var byHand = []string{"## A text in ten minutes"}

// A report has all headings of docs/performance.md but those by hand, and no others.
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
	want := slices.DeleteFunc(headings(string(text)), func(heading string) bool { return slices.Contains(byHand, heading) })
	if got := headings(report.String()); !slices.Equal(got, want) {
		t.Errorf("got the headings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
