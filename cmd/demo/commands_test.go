package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// call runs the command and returns its exit status and its outputs. The language is English afterwards, because other tests
// print without running the command.
func call(args ...string) (status int, out, log string) {
	defer say.Speak(lang.English)
	var stdout, stderr bytes.Buffer
	status = run(context.Background(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// tiny is a network that trains in a moment.
var tiny = []string{"-depth", "5", "-width", "12", "-subset", "320", "-epochs", "1"}

// recorded trains two networks, a healthy and a sick one, into folders of their own.
func recorded(t *testing.T) (healthy, sick string) {
	t.Helper()
	var files []string
	for _, activation := range []string{"tanh", "sigmoid"} {
		folder := filepath.Join(t.TempDir(), activation)
		args := append([]string{"train", "-activation", activation, "-out", folder}, tiny...)
		if status, _, log := call(append(args, "-depth", "9")...); status != exitOK {
			t.Fatalf("status %d\n%s", status, log)
		}
		files = append(files, filepath.Join(folder, "profiles.json"))
	}
	return files[0], files[1]
}

// demo train prints and writes the same bytes as demo with flags that describe a network.
func TestTrainIsTheDemoOfOneNetwork(t *testing.T) {
	var outputs []string
	for _, command := range [][]string{{"train"}, {}} {
		folder := filepath.Join(t.TempDir(), "report")
		args := append(command, "-activation", "tanh", "-out", folder)
		status, out, log := call(append(args, tiny...)...)
		if status != exitOK {
			t.Fatalf("status %d\n%s", status, log)
		}
		text, err := os.ReadFile(filepath.Join(folder, "report.txt"))
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, strings.ReplaceAll(out, folder, "")+firstPart(string(text)))
	}
	if outputs[0] != outputs[1] {
		t.Errorf("demo train prints\n%s\ndemo\n%s", outputs[0], outputs[1])
	}
	status, out, _ := call(append([]string{"train", "-out", filepath.Join(t.TempDir(), "r")}, tiny...)...)
	if status != exitOK || strings.Contains(out, "plain sigmoid") {
		t.Errorf("status %d; without a description it trains\n%s", status, out)
	}
}

// firstPart is a report without the tables, which hold times.
func firstPart(text string) string {
	first, _, _ := strings.Cut(text, "\n\n\n")
	return first
}

func TestReport(t *testing.T) {
	healthy, sick := recorded(t)
	folder := filepath.Join(t.TempDir(), "made")
	status, out, log := call("report", "-out", folder, healthy, sick)
	if status != exitOK {
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
	if status, _, log = call("report", "-formats", "csv,markdown", "-out", made, sick); status != exitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	if entries, err := os.ReadDir(made); err != nil || len(entries) != 2 {
		t.Errorf("%d files, want 2: %v", len(entries), err)
	}
	none := filepath.Join(t.TempDir(), "none")
	if status, out, log = call("report", "-formats", "", "-out", none, sick); status != exitOK || !strings.Contains(out, "vanishing") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a folder was made for nothing")
	}
}

func TestCompare(t *testing.T) {
	healthy, sick := recorded(t)
	status, out, log := call("compare", healthy, sick)
	if status != exitOK || !strings.Contains(out, "healthy") || !strings.Contains(out, "vanishing") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	// Networks with the same name are labelled with the folder, as the files have the same name too.
	status, out, log = call("compare", sick, sick)
	if status != exitOK || !strings.Contains(out, "sigmoid") {
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

func TestMistakesInCommandsAreExplained(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"trian", exitUsage, "demo train"},
		{"train -depth 0", exitUsage, "from 1 to"},
		{"train -depth 30 -skip 2", exitUsage, "want 29 or 31"},
		{"train more", exitUsage, `begin with "-"`},
		{"train -out /dev/null/report -subset 320", exitFailure, "-out"},
		{"report", exitUsage, "missing profile file"},
		{"report -formats csv,foo x.json", exitUsage, `got "foo"`},
		{"report nowhere.json", exitFailure, "nowhere.json: no such file"},
		{"report " + broken, exitFailure, "broken.json"},
		{"compare", exitUsage, "missing profile file"},
		{"compare nowhere.json", exitFailure, "nowhere.json: no such file"},
		{"compare -x", exitUsage, "unknown flag -x"},
	} {
		status, _, log := call(strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(log, c.want) {
			t.Errorf("demo %s: status %d, expected %d and a text with %q:\n%s", c.args, status, c.status, c.want, log)
		}
	}
}
