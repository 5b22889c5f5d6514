package runs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

func TestParseConfig(t *testing.T) {
	for text, want := range map[string]string{
		"depth: 20\nlr: 0.02 # rate\n":       "[{depth 20 1} {lr 0.02 2}]",
		"activation: 'tanh'\ndata: \"a: b\"": "[{activation tanh 1} {data a: b 2}]",
		"":                                   "[]",
		"# nothing\n":                        "[]",
		"seed: 18446744073709551615":         "[{seed 18446744073709551615 1}]",
		"stop-on-nan: yes":                   "[{stop-on-nan yes 1}]",
	} {
		if got, err := parseConfig([]byte(text)); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"- 1":                      "line 1: got no keys",
		"depth":                    "line 1: got no keys",
		"a: 1\ndepth: [1, 2]":      "line 2: got a list, a map or an alias",
		"depth: &x 1\nwidth: *x":   "line 2: got a list, a map or an alias",
		"depth: {a: 1}":            "line 1: got a list",
		"? [a]\n: 1":               "line 2: got a list",
		"depth: 1\n\ndepth: 2":     `line 3: got the key "depth" for the second time, want it once (see line 1)`,
		"depth: 1\n---\nwidth: 2":  "several documents",
		"init:\ndepth: 3":          `line 1: got the key "init" without a value`,
		"depth: null":              `line 1: got the key "depth" without a value`,
		"depth: \"1":               "yaml",
		"\tdepth: 1":               "yaml",
		"depth: 1\n--- x\n... : [": "",
	} {
		if got, err := parseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want an error with %q", text, got, err, want)
		}
	}
}

// Any text gives settings or an error, and settings that are written are read again.
func FuzzConfig(f *testing.F) {
	f.Add("depth: 20\nlr: 0.02\n")
	f.Add("a: &a [*a]\nb: {<<: *a}")
	f.Add("? |\n  x\n: !!binary aGk=\n")
	f.Add("0: !0")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseConfig([]byte(text))
		if err != nil {
			return
		}
		for i := range list {
			list[i].line = 0
		}
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := writeConfig(path, list); err != nil {
			t.Fatal(err)
		}
		again, err := readConfig(path)
		if err != nil {
			t.Fatalf("%v of %q: %v", list, text, err)
		}
		for i := range again {
			again[i].line = 0
		}
		if len(again) < len(list) || fmt.Sprint(again) != fmt.Sprint(list) {
			t.Errorf("wrote %+v, read %+v", list, again)
		}
	})
}

func TestLargeConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, make([]byte, maxConfig+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readConfig(path); err == nil || !strings.Contains(err.Error(), "got more than") {
		t.Errorf("got error %v", err)
	}
}

// The folder of a run is no file of settings, and the error says which file is.
func TestFolderAsConfig(t *testing.T) {
	folder := t.TempDir()
	if _, err := readConfig(folder); err == nil || !strings.Contains(err.Error(), "such as "+filepath.Join(folder, "config.yaml")) {
		t.Errorf("got error %v", err)
	}
}

// The settings of a file are those of the same flags, which take precedence. A mistake names the line and the nearest key.
func TestConfigOfTrain(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(text string) string {
		if err := os.WriteFile("run.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return "run.yaml"
	}
	write("depth: 5\nwidth: 12\nsubset: 320\nepochs: 1\nactivation: tanh\noptimizer: lion\n")
	if status, out, log := app.Call("train", "-config", "run.yaml", "-width", "14", "-out", "a"); status != console.ExitOK || !strings.Contains(out, "hidden layers: 5 of 14 units") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	config, err := os.ReadFile("a/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"depth: 5\n", "width: 14\n", "optimizer: lion\n", "lr: 0.0001\n", "seed: 1\n", "save-every: 1m\n", "batch: 64\n"} {
		if !strings.Contains(string(config), want) {
			t.Errorf("%q is missing in\n%s", want, config)
		}
	}
	// The resolved settings give the same run.
	if status, _, log := app.Call("train", "-config", "a/config.yaml", "-out", "b"); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	for _, name := range []string{configName, metricsName} {
		a, errA := os.ReadFile(filepath.Join("a", name))
		b, errB := os.ReadFile(filepath.Join("b", name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s differs: %v, %v\n%s\n%s", name, errA, errB, a, b)
		}
	}
	for text, want := range map[string]string{
		"depth: 5\nactivaton: tanh": "run.yaml, line 2: unknown key \"activaton\": want the name of a flag\nDid you mean activation?",
		"out: x":                    "line 1: unknown key \"out\"",
		"depth: many":               "run.yaml, line 1: invalid value \"many\" for depth: got \"many\", want a whole number",
		"activation: tahn":          "Did you mean -activation tanh?",
		"depth: 30\nskip: 2":        "want 29 or 31",
	} {
		if status, _, log := app.Call("train", "-config", write(text), "-out", "c"); status != console.ExitUsage || !strings.Contains(log, want) {
			t.Errorf("%q: status %d, want %q in\n%s", text, status, want, log)
		}
	}
	if status, _, log := app.Call("train", "-config", "none.yaml"); status != console.ExitFailure || !strings.Contains(log, "none.yaml") {
		t.Errorf("no file: status %d\n%s", status, log)
	}
}
