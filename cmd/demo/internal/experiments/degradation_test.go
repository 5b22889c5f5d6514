package experiments

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/internal/lang"
)

// A small experiment writes its page in both languages, its pictures and its numbers, and does nothing again.
func TestDegradation(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "experiments")
	args := []string{"degradation", "-depths", "8", "-seeds", "1", "-subset", "80", "-epochs", "1", "-batch", "20", "-out", folder}
	status, out, log := app.Call(args...)
	if status != console.ExitOK || !strings.Contains(out, "2 networks, of which 0 are done") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, name := range []string{"degradation-error.svg", "degradation-curves.svg", "degradation-gradients.svg", "degradation-shattering.svg"} {
		if n := len(read("img/" + name)); n < 100 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	page := string(read("degradation.md"))
	for _, want := range []string{"# Degradation\n", "| 8 | ", "One seed has no spread", "Vanishing: none.", "](img/degradation-gradients.svg)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if chinese := string(read("zh/degradation.md")); strings.Count(chinese, "\n#") != strings.Count(page, "\n#") || !strings.Contains(chinese, "退化") || !strings.Contains(chinese, "](../img/degradation-gradients.svg)") {
		t.Errorf("the Chinese page is\n%s", chinese)
	}
	var r degradationResults
	if err := json.Unmarshal(read(resultsName), &r); err != nil || r.Settings.Rate != shortRate || len(r.Runs) != 2 || len(r.Runs[0].First) != 8 || len(r.Runs[1].TrainError) != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	before := read(resultsName)
	status, out, log = app.Call(args...)
	if status != console.ExitOK || !strings.Contains(out, "2 networks, of which 2 are done") || strings.Contains(log, "epoch") || !bytes.Equal(before, read(resultsName)) {
		t.Errorf("the second time: status %d\n%s%s", status, out, log)
	}
	if status, _, log := app.Call(append(args, "-optimizer", "adam")...); status != console.ExitFailure || !strings.Contains(log, "adam -lr 0.001 ") {
		t.Errorf("the default rate of Adam: status %d\n%s", status, log)
	}
	if status, _, log := app.Call(append(args, "-epochs", "2")...); status != console.ExitFailure || !strings.Contains(log, "got the settings -epochs 1 ") || !strings.Contains(log, "want -epochs 2 ") {
		t.Errorf("other settings: status %d\n%s", status, log)
	}
}

// made is a run with given numbers.
func made(depth int, residual bool, seed uint64, trainError, ratio float64) degradationRun {
	return degradationRun{
		twin: twin{depth, residual, seed}, TrainError: []float64{0.9, trainError}, ValError: []float64{0.9, trainError},
		First: []number{number(ratio), 1, 1, 5}, Training: []number{2, 1, 1, 5},
	}
}

// The sentences follow from the numbers.
func TestSentencesOfDegradation(t *testing.T) {
	var r degradationResults
	r.Settings.Epochs = 2
	for seed := range uint64(3) {
		noise := 0.01 * float64(seed)
		r.Runs = append(r.Runs, made(8, false, seed, 0.2+noise, 3), made(56, false, seed, 0.4+noise, 5000), made(8, true, seed, 0.2+noise, 3), made(56, true, seed, 0.1, 4))
	}
	p := degradationPage{r, lang.English, "img"}
	if got, want := p.degradationSentence(false), "Plain: the training error is lowest at 8 layers, 21.0 ± 1.0 %, and rises to 41.0 ± 1.0 % at 56: degradation."; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got, want := p.degradationSentence(true), "Residual: the deepest network has the lowest training error, 10.0 ± 0.0 %. There is no degradation."; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got, want := p.gradientSentence(), "Vanishing: none. Exploding in the first step: plain56. Exploding in the median over the training: none."; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	r.Runs[1].TrainError[1] = 0.05 // a wide spread
	if got := (degradationPage{r, lang.English, "img"}).degradationSentence(false); !strings.Contains(got, "within the spread") {
		t.Errorf("got %s", got)
	}
	for i := range r.Runs {
		r.Runs[i].Before.Neighbours = map[bool]number{false: 0.1, true: 0.6}[r.Runs[i].Residual]
	}
	if got, want := p.shatteringSentence(), "0.100 ± 0.000 in plain56 and 0.600 ± 0.000 in resnet56: those of the plain network have less in common."; !strings.HasSuffix(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	few := r
	few.Runs = r.Runs[:4]
	one := degradationPage{few, lang.English, "img"}
	if got, want := one.degradationSentence(true), "Residual: the deepest network has the lowest training error, 10.0 ± 0.0 %. One seed has no spread, and proves nothing."; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := one.shatteringSentence(); !strings.HasSuffix(got, "from one seed.") {
		t.Errorf("got %s", got)
	}
	if rows := p.gradientRows(); strings.Join(rows[2], " ") != "56 5e+03 4 2 2" {
		t.Errorf("got %v", rows)
	}
}

func TestRateRises(t *testing.T) {
	s := degradation{Options: setup.Options{Model: "resnet"}}.warm()
	for step, want := range map[int]float64{0: 0.2, 4: 1, 99: 0.01, 50: 0.1} {
		if got := s.At(step, 100); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: got %g, want %g", step, got, want)
		}
	}
}

// Numbers that are not finite survive the file.
func TestResultsKeepNaN(t *testing.T) {
	path := filepath.Join(t.TempDir(), resultsName)
	var r degradationResults
	r.Runs = []degradationRun{made(8, false, 1, 0.2, math.Inf(1))}
	r.Runs[0].Before.Unrelated = number(math.NaN())
	if err := r.save(path); err != nil {
		t.Fatal(err)
	}
	got, err := readResults[degradationSettings, degradationRun](path, degradationSettings{})
	if err != nil || len(got.Runs) != 1 || !math.IsNaN(float64(got.Runs[0].Before.Unrelated)) || !math.IsInf(float64(got.Runs[0].First[0]), 1) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDepths(t *testing.T) {
	if got, err := parseDepths("20, 8"); err != nil || len(got) != 2 || got[0] != 8 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "9", "8,8", "8,x"} {
		if _, err := parseDepths(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
