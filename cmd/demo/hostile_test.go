package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// nasty clears a screen, turns the direction of writing around, and looks like a second line.
const nasty = "a\x1b[2J\u202e\u0085\rb\ndemo: all is well\xff"

// obeyed reports whether a text holds control characters that a terminal obeys.
func obeyed(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf))
	})
}

// Texts from the command line and from files can neither control the terminal nor pass for a line of the command.
func TestErrorsEscapeWhatTheyQuote(t *testing.T) {
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), strings.ReplaceAll(nasty, "/", "")+".json")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = `{"schema":"gradflow.profile/2","networks":[{"profile":`
	for name, args := range map[string][]string{
		"command":       {nasty},
		"flag":          {"-" + nasty},
		"value":         {"-depth", nasty},
		"activation":    {"-activation", nasty},
		"argument":      {"train", nasty},
		"data":          {"-data", "/no/" + nasty},
		"folder":        {"-out", "/dev/null/" + nasty},
		"no file":       {"report", "/no/" + nasty},
		"format":        {"report", "-formats", nasty, "a.json"},
		"not JSON":      {"report", file("\x1b[2J")},
		"schema":        {"compare", file(`{"schema":"` + "\u202e" + `\u001b[2J"}`)},
		"number":        {"compare", file(head + `{"records":[{"loss":"\u001b[2J` + "\u202e" + `"}]}}]}`)},
		"text":          {"compare", file(head + `{"name":["\u001b[2J` + "\u202e" + `"]}}]}`)},
		"list":          {"compare", file(head + `{"layers":"\u001b[2J` + "\u202e" + `"}}]}`)},
		"invalid layer": {"compare", file(head + `{"layers":[{"depth":1},{"path":"\u001b[2J` + "\u202e" + `"}]}}]}`)},
	} {
		status, out, log := app.Call(args...)
		if status == console.ExitOK || log == "" || obeyed(out+log) {
			t.Errorf("%s: status %d, %q", name, status, out+log)
		}
		if strings.Contains(log, "\ndemo: all is well") {
			t.Errorf("%s: got a line of another's making: %q", name, log)
		}
	}
}

// A hostile profile is reported on like any other, to a folder whose name is hostile too.
func TestReportOfHostileProfile(t *testing.T) {
	p := demotest.Profile(nasty)
	p.Layers[0].Path, p.Optimizer = nasty, &profile.Optimizer{Kind: profile.OtherOptimizer, Name: nasty}
	path := filepath.Join(t.TempDir(), nasty[:1])
	if err := files.Write(path, func(w io.Writer) error { return report.JSON(w, vanishing.Diagnose(p)) }); err != nil {
		t.Fatal(err)
	}
	status, out, log := app.Call("report", "-out", filepath.Join(t.TempDir(), "a\u202eb"), path)
	if status != console.ExitOK || obeyed(out+log) || !strings.Contains(out, `\x1b[2J\u202e`) {
		t.Errorf("status %d, %q", status, out+log)
	}
	if status, out, log = app.Call("check", path); obeyed(out+log) || !strings.Contains(out, `\x1b[2J\u202e`) {
		t.Errorf("check: status %d, %q", status, out+log)
	}
}

// A file beyond the bound is refused, and the bound can be raised.
func TestLargeProfilesAreRefused(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, vanishing.Diagnose(demotest.Profile("padded"))); err != nil {
		t.Fatal(err)
	}
	b.WriteString(strings.Repeat(" ", 1<<20))
	path := filepath.Join(t.TempDir(), "profiles.json")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"report -formats text -out " + t.TempDir(), "compare"} {
		for size, want := range map[string]int{"1": console.ExitFailure, "2": console.ExitOK, "0": console.ExitUsage, "-1": console.ExitUsage, "much": console.ExitUsage, "99999999999": console.ExitUsage} {
			args := append(strings.Fields(command), "-max-size", size, path)
			if status, _, log := app.Call(args...); status != want || want != console.ExitOK && !strings.Contains(log, "max-size") {
				t.Errorf("%v: status %d, want %d: %s", args, status, want, log)
			}
		}
	}
}

// A profile without records can be read, compared and shown, but not drawn.
func TestProfilesWithoutRecords(t *testing.T) {
	p := demotest.Profile("empty")
	p.Records = nil
	var none vanishing.Profile
	for _, p := range []vanishing.Profile{p, none} {
		path := filepath.Join(t.TempDir(), "p.json")
		if err := files.Write(path, func(w io.Writer) error { return report.JSON(w, vanishing.Diagnose(p)) }); err != nil {
			t.Fatal(err)
		}
		for want, args := range map[int][]string{
			console.ExitOK:      {"report", "-formats", "text,markdown,html,csv,tensorboard", "-out", t.TempDir(), path},
			console.ExitFailure: {"report", "-formats", "pictures", "-out", t.TempDir(), path},
		} {
			if status, _, log := app.Call(args...); status != want || want == console.ExitFailure && !strings.Contains(log, "no step was recorded") {
				t.Errorf("%v: status %d, want %d: %s", args, status, want, log)
			}
		}
		if status, _, log := app.Call("compare", path, path); status != console.ExitOK {
			t.Errorf("compare: status %d: %s", status, log)
		}
	}
}

// The folder of a run from elsewhere can neither control the terminal nor crash a command.
func TestHostileRuns(t *testing.T) {
	folder, images := t.TempDir(), demotest.IDXFolder(t)
	run := filepath.Join(folder, "a\u202eb")
	app.Train(t, run, "-data", images)
	for name, content := range map[string]string{
		infoName + " texts":     `{"network":"\u001b[2J","state":"` + "\u202e" + `","verdict":"\u001b[2J","images":{"channels":1,"height":4,"width":6,"mean":[0],"std":[1],"classes":["\u001b[2J"]}}`,
		infoName + " numbers":   `{"images":{"channels":3,"height":1000000000,"width":1000000000}}`,
		infoName + " negative":  `{"images":{"channels":-1,"height":-4,"width":6,"mean":[],"std":[1]}}`,
		infoName + " broken":    "\x1b[2J",
		metricsName + " texts":  `{"train_loss":"\u001b[2J","val_loss":[` + "\"\u202e\"" + `],"step":"` + "\u202e" + `"}` + "\n",
		metricsName + " broken": "{\"train_loss\":\x1b[2J\n",
		configName + " key":     "\"\\e[2J\": 1",
		configName + " value":   "depth: \"\\e[2J\\u202e\"",
		configName + " broken":  "\x1b[2J: [",
	} {
		file, what, _ := strings.Cut(name, " ")
		path := filepath.Join(run, file)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"runs", folder}, {"eval", run}, {"predict", run, demotest.ImageFolder(t)}, {"compare", run, run}} {
			if _, out, log := app.Call(args...); obeyed(out+log) || strings.Contains(log, "internal error") || strings.Contains(log, "panic") {
				t.Errorf("%s %s: %v: %q", file, what, args, out+log)
			}
		}
		if err := os.WriteFile(path, before, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
