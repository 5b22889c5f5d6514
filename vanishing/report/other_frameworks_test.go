package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

// fromPython is the file that the ten lines of the documentation write.
const fromPython = "testdata/from_python.json"

// A file of layers and delta_rms alone is valid, and gets a verdict and every report.
func TestReportsOfAProfileByAnotherFramework(t *testing.T) {
	profiles := readFile(t, fromPython)
	d := vanishing.Diagnose(profiles[0])
	if d.Verdict != vanishing.Vanishing || !strings.Contains(d.Sentence, "shrinks by a factor of 3.3 per layer") || len(d.Findings) != 1 {
		t.Errorf("%v: %s %+v", d.Verdict, d.Sentence, d.Findings)
	}
	var page, table, markdown, csv bytes.Buffer
	for name, err := range map[string]error{
		"page": HTML(&page, d), "table": Text{}.Table(&table, d), "Markdown": Markdown(&markdown, d), "CSV": CSV(&csv, d), "JSON": JSON(new(bytes.Buffer), d),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(page.String(), "my network") || !strings.Contains(table.String(), "my network: vanishing") || strings.Contains(table.String(), "loss") && strings.Contains(table.String(), "loss 0") {
		t.Errorf("got:\n%s", table.String())
	}
}

// The pages of both languages have the same lines of code, and Python writes fromPython with them.
func TestTenLinesOfPython(t *testing.T) {
	english, chinese := pythonOf(t, "../../docs/other-frameworks.md"), pythonOf(t, "../../docs/zh/other-frameworks.md")
	if english != chinese {
		t.Error("the two languages show different programs")
	}
	if lines := len(regexp.MustCompile(`(?m)^[^#\n].*$`).FindAllString(english, -1)); lines > 10 {
		t.Errorf("%d lines of code, want at most 10", lines)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: the ten lines of the documentation were not run, as there is no python3")
	}
	dir := t.TempDir()
	command := exec.Command(python, "-c", english)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := readFile(t, filepath.Join(dir, "profiles.json")), readFile(t, fromPython); !reflect.DeepEqual(got, want) {
		t.Errorf("Python wrote %+v, want %+v", got, want)
	}
}

// pythonOf is the first program of a page.
func pythonOf(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile("(?ms)^```python\n(.*?)^```$").FindSubmatch(text)
	if match == nil {
		t.Fatalf("%s shows no Python", page)
	}
	return string(match[1])
}

func readFile(t *testing.T, name string) []vanishing.Profile {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	profiles, err := ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	return profiles
}
