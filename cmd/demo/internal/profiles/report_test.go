package profiles

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

func TestReport(t *testing.T) {
	healthy, sick := app.Recorded(t)
	folder := filepath.Join(t.TempDir(), "made")
	status, out, log := app.Call("report", "-out", folder, healthy, sick)
	if status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	for _, want := range []string{"plain tanh: healthy", "plain sigmoid: vanishing", "side by side", "report.md"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not show %q:\n%s", want, out)
		}
	}
	for _, f := range formats {
		for _, name := range strings.Split(f.file, ", ") {
			found, err := filepath.Glob(filepath.Join(folder, name))
			if err != nil || len(found) == 0 {
				t.Errorf("%s was not written (%v)", name, err)
			}
		}
	}
	made := filepath.Join(t.TempDir(), "two")
	if status, _, log = app.Call("report", "-formats", "csv,markdown", "-out", made, sick); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	if entries, err := os.ReadDir(made); err != nil || len(entries) != 2 {
		t.Errorf("%d files, want 2: %v", len(entries), err)
	}
	none := filepath.Join(t.TempDir(), "none")
	if status, out, log = app.Call("report", "-formats", "", "-out", none, sick); status != console.ExitOK || !strings.Contains(out, "vanishing") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a folder was made for nothing")
	}
}

func TestCompare(t *testing.T) {
	healthy, sick := app.Recorded(t)
	status, out, log := app.Call("compare", healthy, sick)
	if status != console.ExitOK || !strings.Contains(out, "healthy") || !strings.Contains(out, "vanishing") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	// Networks with the same name are labelled with the folder, as the files have the same name too.
	status, out, log = app.Call("compare", sick, sick)
	if status != console.ExitOK || !strings.Contains(out, "sigmoid") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
}

func TestNetworksOfOneNameAreToldApart(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, profiles ...vanishing.Profile) string {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.JSON(&b, vanishing.DiagnoseAll(profiles...)...); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	net, other := vanishing.Profile{Name: "net"}, vanishing.Profile{Name: "other"}
	a, b, c := write("a/p.json", net, other), write("b/p.json", net), write("c.json", net)
	for _, test := range []struct {
		files []string
		want  string
	}{
		{[]string{a}, "net|other"}, {[]string{a, b}, "net a|other|net b"}, {[]string{b, c}, "net p|net c"},
	} {
		profiles, err := readProfiles(test.files, report.JSONReader{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range profiles {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, "|"); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if _, err := readProfiles([]string{write("none.json")}, report.JSONReader{}); err == nil {
		t.Error("no error for a file without networks")
	}
}

// demo compare of the folders of runs shows the settings that differ.
func TestCompareRuns(t *testing.T) {
	folder, images := t.TempDir(), demotest.IDXFolder(t)
	a, b := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	app.Train(t, a, "-data", images)
	app.Train(t, b, "-data", images, "-optimizer", "muon", "-save-every", "none")
	status, out, log := app.Call("compare", a, b)
	if status != console.ExitOK || !strings.Contains(out, "optimizer=muon") || !strings.Contains(out, "side by side") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
}

// A report does not replace that of a run of other networks, nor a file that it reads.
func TestReportKeepsRunsAndInputs(t *testing.T) {
	healthy, sick := app.Recorded(t)
	run := filepath.Dir(healthy)
	page, err := os.ReadFile(filepath.Join(run, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"report", sick}, {"report", healthy, sick}, {"check", "-depth", "3", "-json", healthy}} {
		out := []string{"-out", run}
		if args[0] == "check" {
			out = nil
		}
		status, _, log := app.Call(append(append([]string{args[0]}, out...), args[1:]...)...)
		if status == console.ExitOK || !strings.Contains(log, "want another f") {
			t.Errorf("%v: status %d: %s", args, status, log)
		}
	}
	if now, err := os.ReadFile(filepath.Join(run, "report.html")); err != nil || !bytes.Equal(now, page) {
		t.Errorf("the report of the run has changed (%v)", err)
	}
	if status, _, log := app.Call("report", "-formats", "html", "-out", run, run); status != console.ExitOK {
		t.Errorf("the report of a run is not made again from its profiles: status %d: %s", status, log)
	}
	input := filepath.Join(t.TempDir(), "report.md")
	if err := os.Rename(sick, input); err != nil {
		t.Fatal(err)
	}
	status, _, log := app.Call("report", "-out", filepath.Dir(input), input)
	if status != console.ExitFailure || !strings.Contains(log, "whose report.md is an input") {
		t.Errorf("the input is the report: status %d: %s", status, log)
	}
}
