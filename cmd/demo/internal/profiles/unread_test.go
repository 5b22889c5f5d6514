package profiles

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// sickFile is a file of the profile of a network in which the gradient shrinks by a factor of ten per layer.
func sickFile(t *testing.T) string {
	t.Helper()
	p := vanishing.Profile{Name: "sick"}
	var record vanishing.Record
	for i := range 10 {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("dense%d", i+1), Depth: i + 1})
		record.Layers = append(record.Layers, profile.LayerRecord{DeltaRMS: profile.Number(math.Pow10(i - 12))})
	}
	for step := range 3 {
		record.Step = step
		p.Records = append(p.Records, record)
	}
	path := filepath.Join(t.TempDir(), "sick.json")
	if err := files.Write(path, func(w io.Writer) error { return report.JSON(w, vanishing.Diagnose(p)) }); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that cannot be read is named, and loses neither the verdict of the others nor their exit status.
func TestUnreadableFilesBesideOthers(t *testing.T) {
	sick, healthy, none, folder := sickFile(t), demotest.WriteProfiles(t, t.TempDir(), "sound"), filepath.Join(t.TempDir(), "none.json"), t.TempDir()
	damaged := filepath.Join(folder, "damaged.json")
	content, err := os.ReadFile(sick)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, content[:len(content)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		out    []string
	}{
		{[]string{"check", sick, none, damaged}, exitSick, []string{"sick: vanishing"}},
		{[]string{"check", none, healthy, damaged, sick}, exitSick, []string{"sick: vanishing", "sound: healthy"}},
		{[]string{"check", "-format", "json", damaged, sick, none}, exitSick, []string{`"vanishing"`}},
		{[]string{"check", "-format", "junit", damaged, sick, none}, exitSick, []string{`tests="1" failures="0" errors="1"`, `name="vanishing"`}},
		{[]string{"check", "-format", "sarif", damaged, healthy, none}, exitUnchecked, []string{`"executionSuccessful": false`, "none.json"}},
		{[]string{"check", "-format", "github", damaged, none}, exitUnchecked, []string{"::error file=", "damaged.json", "none.json"}},
		{[]string{"check", "-format", "json", damaged, none}, exitUnchecked, nil},
		{[]string{"check", none, healthy, damaged}, exitUnchecked, []string{"sound: healthy"}},
		{[]string{"check", none, damaged}, exitUnchecked, nil},
		{[]string{"compare", none, sick, damaged, healthy}, console.ExitFailure, []string{"sick", "sound", "side by side"}},
		{[]string{"report", "-formats", "text", "-out", filepath.Join(folder, "a"), damaged, sick, none}, console.ExitFailure, []string{"sick", "Written to"}},
		{[]string{"report", "-digest", "json", none, sick, damaged}, console.ExitFailure, []string{`"vanishing"`}},
		{[]string{"report", "-formats", "text", "-out", filepath.Join(folder, "b"), damaged, none}, console.ExitFailure, nil},
	} {
		status, out, log := app.Call(c.args...)
		if status != c.status || c.out == nil && out != "" {
			t.Errorf("%v: status %d, want %d\n%s", c.args, status, c.status, out)
		}
		for _, want := range c.out {
			if !strings.Contains(out, want) {
				t.Errorf("%v: want %q in\n%s", c.args, want, out)
			}
		}
		if !strings.Contains(log, "demo: "+none+": no such file") || !strings.Contains(log, "demo: "+damaged+": ") {
			t.Errorf("%v: want both files named, got\n%s", c.args, log)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "a", "report.txt")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "b")); err == nil {
		t.Error("a report of no network has made a folder")
	}
}

// A sick network fails the check also where its verdict cannot be printed.
func TestSickWithoutOutput(t *testing.T) {
	var log strings.Builder
	if status := app.Run(t.Context(), []string{"check", sickFile(t)}, full{}, &log); status != exitSick || !strings.Contains(log.String(), io.ErrShortWrite.Error()) {
		t.Errorf("status %d, want %d\n%s", status, exitSick, log.String())
	}
}

// full is an output on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// The comparison of runs goes on without the settings of a run that are damaged.
func TestCompareOfDamagedRun(t *testing.T) {
	folder, images := t.TempDir(), demotest.IDXFolder(t)
	a, b, c := filepath.Join(folder, "a"), filepath.Join(folder, "b"), filepath.Join(folder, "c")
	for _, run := range []string{a, b, c} {
		app.Train(t, run, "-data", images, "-save-every", "none")
	}
	damage := func(run string) {
		if err := os.WriteFile(filepath.Join(run, "config.yaml"), []byte("depht: 3\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, damaged := range [][]string{{b}, {a, b, c}} {
		for _, run := range damaged {
			damage(run)
		}
		status, out, log := app.Call("compare", a, b, c)
		if status != console.ExitFailure || strings.Count(log, "depht") != len(damaged) || !strings.Contains(out, "side by side") || strings.Contains(out, "finished") != (len(damaged) == 1) {
			t.Errorf("%v damaged: status %d\n%s%s", damaged, status, out, log)
		}
	}
}
