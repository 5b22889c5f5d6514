package experiments

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/internal/lang"
)

// A small experiment writes its page in both languages, its picture and its numbers, and does nothing again.
func TestMemory(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "experiments")
	args := []string{"memory", "-lags", "6", "-seeds", "1", "-steps", "2", "-longest", "100", "-out", folder}
	status, out, log := app.Call(args...)
	if status != console.ExitOK || !strings.Contains(out, "8 networks, of which 0 are done") || !strings.Contains(log, "adding, lru, lag 6, seed 1: score") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page := read("memory.md")
	for _, want := range []string{"# Long memory\n", "\n| 6 | 2 | 0 of 1 (", "- tanh RNN at lag 6: 0 of 1 networks", "No network solved the copy problem.", "](img/memory.svg)", "](img/memory-units.svg)", "3 memories from 10 to 100 steps"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "NaN") {
		t.Errorf("a network has no gradient over time:\n%s", page)
	}
	if chinese := read("zh/memory.md"); strings.Count(chinese, "\n#") != strings.Count(page, "\n#") || !strings.Contains(chinese, "记忆") || !strings.Contains(chinese, "](../img/memory.svg)") {
		t.Errorf("the Chinese page is\n%s", chinese)
	}
	for _, name := range []string{"img/memory.svg", "img/memory-units.svg"} {
		if n := len(read(name)); n < 100 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	before := read(memoryName)
	if status, out, log := app.Call(args...); status != console.ExitOK || !strings.Contains(out, "of which 8 are done") || before != read(memoryName) {
		t.Errorf("the second time: status %d\n%s%s", status, out, log)
	}
	more := append(args, "-problem", "copy", "-steps", "3", "-longest", "0")
	if status, out, log := app.Call(more...); status != console.ExitOK || !strings.Contains(out, "4 networks, of which 0 are done") || strings.Count(read(memoryName), `"problem"`) != 8 {
		t.Errorf("more steps: status %d\n%s%s", status, out, log)
	}
	if err := os.WriteFile(filepath.Join(folder, memoryName), []byte(strings.Replace(before, `"units": 32`, `"units": 8`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, log := app.Call(args...); status != console.ExitFailure || !strings.Contains(log, "got the settings of 4 symbols, 3 to copy, 8 units, ") {
		t.Errorf("other settings: status %d\n%s", status, log)
	}
}

// A folder with one of the problems has a page of that one alone.
func TestMemoryOfOneProblem(t *testing.T) {
	for _, problem := range problems {
		folder := filepath.Join(t.TempDir(), "experiments")
		if status, out, log := app.Call("memory", "-problem", problem, "-lags", "6", "-seeds", "1", "-steps", "1", "-longest", "0", "-out", folder); status != console.ExitOK {
			t.Fatalf("%s: status %d\n%s%s", problem, status, out, log)
		}
		page, err := os.ReadFile(filepath.Join(folder, "memory.md"))
		if err != nil {
			t.Fatal(err)
		}
		_, noPicture := os.Stat(filepath.Join(folder, "img", "memory.svg"))
		for _, of := range []string{"\n## Copy\n", "\n## The gradient through time\n", "](img/memory.svg)", "solved the copy problem"} {
			if strings.Contains(string(page), of) != (problem == "copy") || (noPicture == nil) != (problem == "copy") {
				t.Errorf("%s: picture: %v; looked for %q in\n%s", problem, noPicture, of, page)
			}
		}
		if strings.Contains(string(page), "\n## Adding\n") != (problem == "adding") || strings.Contains(string(page), "NaN") {
			t.Errorf("%s: the page is\n%s", problem, page)
		}
	}
}

// The sentences follow from the numbers.
func TestSentencesOfMemory(t *testing.T) {
	var r memoryResults
	add := func(net string, lag int, score, slope float64) {
		run := memoryRun{trial: trial{"copy", net, lag, uint64(len(r.Runs))}, Scores: []number{0.2, number(score)}}
		run.First.Slope = number(slope)
		r.Runs = append(r.Runs, run)
	}
	p := func() memoryPage { return memoryPage{r, lang.English, "img"} }
	add("rnn", 100, 0.25, 0.4)
	add("rnn", 100, 0.35, 0.2)
	add("rnn", 100, 0.3, 0.3)
	if got := p().separation(); !strings.HasPrefix(got, "No network") {
		t.Errorf("got %s", got)
	}
	add("lstm-lag", 100, 0.99, 0.01)
	if got, want := p().separation(), "lost at most 1.0 decades over the lag before training, the others at least 20.0: the first gradient tells them apart."; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	list := p().lagSentences()
	if want := "tanh RNN at lag 100: 0 of 3 networks solve the copy problem. The gradient loses 0.300 decades per step, 30.0 over the lag."; list[0] != want {
		t.Errorf("got %s, want %s", list[0], want)
	}
	if rows := p().scoreRows("copy"); strings.Join(rows[1], "|") != "100|0|0 of 3 (0.30)|-|1 of 1 (0.99)|-" {
		t.Errorf("got %v", rows)
	}
	add("lstm", 100, 0.3, 0.0104)
	if got, want := p().separation(), "lost at most 1.00 decades over the lag before training, the others at least 1.04: the first gradient tells them apart."; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	add("lru", 100, 0.3, -0.0001)
	if got, want := p().lagSentences()[3], "The gradient loses 0.000 decades per step, 0.0 over the lag."; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	add("lru", 500, 0.3, 0.001)
	if got := p().separation(); !strings.HasSuffix(got, "not enough alone.") {
		t.Errorf("got %s", got)
	}
	if lag := r.chosenLag(); lag != 100 {
		t.Errorf("the chosen lag is %d", lag)
	}
}

// Sizes in the file have three digits.
func TestRound(t *testing.T) {
	if got := round(number(0.0123456)); got != 0.0123 {
		t.Errorf("got %g", float64(got))
	}
	if got := round(number(math.NaN())); !math.IsNaN(float64(got)) {
		t.Errorf("got %g", float64(got))
	}
}

func TestLags(t *testing.T) {
	if got, err := parseLags("100, 20"); err != nil || len(got) != 2 || got[0] != 20 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "1", "8,8", "8,x"} {
		if _, err := parseLags(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
