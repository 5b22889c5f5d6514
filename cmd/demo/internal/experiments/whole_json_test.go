package experiments

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// The files of this repository are whole. A key that is missing or misspelt is named.
func TestResultsWithoutAKey(t *testing.T) {
	for name, into := range map[string]func() any{
		"memory.json":      func() any { return new(resultsFile[memorySettings, memoryRun]) },
		"degradation.json": func() any { return new(resultsFile[degradationSettings, degradationRun]) },
		"scale.json":       func() any { return new(scaleResults) },
	} {
		text, err := os.ReadFile(filepath.Join("../../../../docs/experiments", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := decodeWhole(text, into()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		keys := make(map[string]bool)
		for _, m := range regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
		for key := range keys {
			misspelt := strings.Replace(string(text), `"`+key+`":`, `"x`+key+`":`, 1)
			if err := decodeWhole([]byte(misspelt), into()); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("%s: with x%s got error %v", name, key, err)
			}
		}
	}
}

// No page is written from incomplete numbers.
func TestExperimentsOfIncompleteNumbers(t *testing.T) {
	folder := t.TempDir()
	args := []string{"degradation", "-depths", "8", "-seeds", "1", "-subset", "64", "-batch", "32", "-epochs", "1", "-out", folder}
	if status, out, log := app.Call(args...); status != console.ExitOK {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	path, page := filepath.Join(folder, resultsName), filepath.Join(folder, "degradation.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(string) string{
		`the key "train_error" is missing`: func(s string) string {
			return regexp.MustCompile(`(?s)"train_error": \[.*?\],`).ReplaceAllString(s, "")
		},
		"got training errors of 0 epochs": func(s string) string {
			return regexp.MustCompile(`(?s)"train_error": \[.*?\],`).ReplaceAllString(s, `"train_error": [],`)
		},
	} {
		if err := os.WriteFile(path, []byte(change(string(text))), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(page); err != nil {
			t.Fatal(err)
		}
		status, _, log := app.Call(args...)
		if _, err := os.Stat(page); status != console.ExitFailure || !strings.Contains(log, want) || err == nil {
			t.Errorf("status %d, page: %v, want %q in\n%s", status, err, want, log)
		}
	}
}
