package profiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// noisy writes a profile whose finding is a note: the record of a healthy network with pure noise, four times.
func noisy(t *testing.T) string {
	t.Helper()
	healthy, _ := app.Recorded(t)
	file, err := os.Open(healthy)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	profiles, err := report.ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	p, noise := profiles[0], profile.Number(1)
	p.Records = p.Records[:1]
	for i := range p.Records[0].Details.Params {
		p.Records[0].Details.Params[i].SNR = &noise
	}
	for i := 1; i < 4; i++ {
		next := p.Records[0]
		next.Step, next.Loss = i, next.Loss/10
		p.Records = append(p.Records, next)
	}
	path := filepath.Join(t.TempDir(), "noisy.json")
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if err := report.JSON(to, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	return path
}

// The terminal names the notes, and prints them with -notes. The file has them in any case.
func TestNotesArePrintedOnDemand(t *testing.T) {
	path, folder := noisy(t), t.TempDir()
	const folded, written = "1 note: gradient-noise (shown with -notes)", "note: gradient-noise, "
	_, out, log := app.Call("report", "-formats", "text", "-out", folder, path)
	if !strings.Contains(out, folded) || strings.Contains(out, written) {
		t.Errorf("want %q in\n%s%s", folded, out, log)
	}
	text, err := os.ReadFile(filepath.Join(folder, "report.txt"))
	if err != nil || !strings.Contains(string(text), written) {
		t.Errorf("%v: the file does not have %q", err, written)
	}
	if _, out, _ := app.Call("report", "-notes", "-formats", "", path); strings.Contains(out, folded) || !strings.Contains(out, written) {
		t.Errorf("with -notes: want %q in\n%s", written, out)
	}
}
