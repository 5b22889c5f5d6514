package profiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// The exit status tells a script whether the network is healthy.
func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profile.json")
	base := []string{"check", "-subset", "320", "-width", "16", "-no-remedies", "-json", file}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-depth", "5", "-activation", "tanh"}, exitHealthy, "plain tanh: healthy"},
		{[]string{"-depth", "21", "-skip", "2"}, exitHealthy, "residual relu: healthy"},
		{[]string{"-depth", "20", "-activation", "sigmoid"}, exitSick, "vanishing"},
		{[]string{"-depth", "20", "-init", "normal:3"}, exitSick, "exploding"},
	} {
		status, out, log := app.Call(append(base, c.args...)...)
		if status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%v: status %d, want %d and %q in\n%s%s", c.args, status, c.status, c.want, out, log)
		}
		profiles, err := readProfiles([]string{file}, report.JSONReader{})
		if err != nil || len(profiles) != 1 || len(profiles[0].Records) != 10 {
			t.Fatalf("%v: the profile was not written: %v", c.args, err)
		}
		if healthy := vanishing.Diagnose(profiles[0]).Verdict == vanishing.Healthy; healthy != (c.status == exitHealthy) {
			t.Errorf("%v: the profile is healthy: %v", c.args, healthy)
		}
	}
}

// Two checks print the same, byte by byte, and try the same remedies.
func TestCheckIsDeterministic(t *testing.T) {
	args := []string{"check", "-subset", "320", "-width", "12", "-depth", "9", "-activation", "sigmoid", "-steps", "3"}
	_, first, _ := app.Call(args...)
	_, second, _ := app.Call(args...)
	if first != second || !strings.Contains(first, "Remedies") {
		t.Errorf("second check: got\n%s\nwant as the first\n%s", second, first)
	}
}

func TestCheckThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-steps", "0"}, console.ExitUsage, "for -steps"},
		{[]string{"-epochs", "3"}, console.ExitUsage, "unknown flag"},
		{[]string{"-activation", "swoosh"}, console.ExitUsage, "gelu"},
		{[]string{"healthy"}, exitUnchecked, "no such file"},
		{[]string{"-format", "yaml"}, console.ExitUsage, "junit"},
		{[]string{"-json", "x", file}, console.ExitUsage, "-json"},
		{[]string{"-data", "/no/such/folder"}, exitUnchecked, "/no/such/folder"},
		{[]string{"-depth", "3", "-subset", "320", "-json", filepath.Join(file, "x")}, exitUnchecked, "not a directory"},
	} {
		status, _, log := app.Call(append([]string{"check"}, c.args...)...)
		if status != c.status || !strings.Contains(log, c.want) {
			t.Errorf("%v: status %d, want %d and %q in\n%s", c.args, status, c.status, c.want, log)
		}
	}
}

// The first line and the exit status tell why a network fails the check, also one with healthy gradients; one that is undetermined is not
// called sick.
func TestCheckOfCriticalAndUndetermined(t *testing.T) {
	healthy := vanishing.Diagnose(demotest.Profile("net"))
	critical, sick, none := healthy, vanishing.Diagnose(demotest.Profile("sick")), vanishing.Diagnose(vanishing.Profile{Name: "empty"})
	critical.Findings = []vanishing.Finding{{Rule: "dead-units", Severity: vanishing.Critical, Sentence: "All units are dead."}}
	sick.Verdict, sick.Findings = vanishing.Vanishing, []vanishing.Finding{{Rule: "vanishing", Sentence: "It vanishes."}}
	if healthy.Verdict != vanishing.Healthy || none.Verdict != vanishing.Undetermined {
		t.Fatalf("got verdicts %v and %v", healthy.Verdict, none.Verdict)
	}
	for _, c := range []struct {
		d      vanishing.Diagnosis
		status int
		first  string
	}{
		{healthy, exitHealthy, "net: healthy"}, {critical, exitSick, "net: healthy gradients, but a critical finding: All units are dead."},
		{sick, exitSick, "sick: vanishing"}, {none, exitUnchecked, "empty: undetermined"},
	} {
		if got := outcomeOf(checked(healthy, ""), checked(c.d, "")); got != c.status {
			t.Errorf("%s: exit status %d, want %d", c.first, got, c.status)
		}
		var b strings.Builder
		if err := printDiagnosis(&b, report.Text{}, c.d); err != nil || strings.SplitN(b.String(), "\n", 2)[0] != c.first {
			t.Errorf("got %v and\n%s\nwant the first line %q", err, b.String(), c.first)
		}
	}
	if got := outcomeOf(checked(none, ""), checked(sick, "")); got != exitSick {
		t.Errorf("a sick network after an undetermined one: exit status %d, want %d", got, exitSick)
	}
}
