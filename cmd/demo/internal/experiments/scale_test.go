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
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// A small check writes its page in both languages, its pictures and its numbers, and measures nothing again.
func TestScale(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "experiments")
	args := []string{"scale", "-families", "mlp,residual1", "-widths", "8,16,24", "-depths", "1,2,3", "-steps", "2", "-seeds", "1", "-rates", "0", "-out", folder}
	status, out, log := app.Call(args...)
	if status != console.ExitOK || !strings.Contains(out, "mlp over the width, muP: ") || !strings.Contains(out, "residual1 over the depth, 1/L: ") {
		t.Fatalf("status %d\n%s%s", status, out, log)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, name := range []string{"scale-width.svg", "scale-depth.svg"} {
		if n := len(read("img/" + name)); n < 100 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	page, chinese := string(read("scale.md")), string(read("zh/scale.md"))
	for _, want := range []string{"# Scale\n", "| dense4 | output | ", "| update of block*/dense1 | ", "](img/scale-depth.svg)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if strings.Count(chinese, "\n#") != strings.Count(page, "\n#") || !strings.Contains(chinese, "](../img/scale-width.svg)") || !strings.Contains(chinese, "宽度") {
		t.Errorf("the Chinese page is\n%s", chinese)
	}
	before := read(scaleName)
	if status, _, log := app.Call(args...); status != console.ExitOK || !bytes.Equal(before, read(scaleName)) || page != string(read("scale.md")) {
		t.Errorf("the second time: status %d, or another page\n%s", status, log)
	}
	if status, _, log := app.Call(append(args, "-steps", "3")...); status != console.ExitFailure || !strings.Contains(log, "got the settings -widths ") || !strings.Contains(log, "-steps 3 ") {
		t.Errorf("other settings: status %d\n%s", status, log)
	}
}

// checked is a check of one layer with an exponent of its update.
func checked(exponent, half float64) scaleCheck {
	fit := func(x float64) scale.Fit { return scale.Fit{Exponent: x, Low: x - half, High: x + half} }
	return scaleCheck{"mlp", scaleRule{}, stored{&scale.Check{Sizes: []int{8, 16, 32}, Steps: 1, Adam: true, Layers: []scale.Layer{
		{Name: "dense2", Class: scale.Hidden, Curves: []scale.Curve{{Quantity: scale.Update, Step: 1, Fit: fit(exponent), Values: [][]float64{{1}, {2}, {4}}}}},
		{Name: "dense3", Class: scale.Hidden, Curves: []scale.Curve{{Quantity: scale.Update, Step: 1, Fit: fit(exponent), Values: [][]float64{{1}, {2}, {4}}}}},
	}}}}
}

// The sentences follow from the numbers.
func TestSentencesOfScale(t *testing.T) {
	p := scalePage{say: lang.English}
	for _, c := range []struct {
		exponent, half float64
		want           string
	}{
		{1, 0.1, "all exponents are those of standard. The update grows in dense2 (1.00 ± 0.10), dense3 (1.00 ± 0.10): multiply the learning rate by (n/n0)^-1."},
		{0, 0.1, "all exponents are those of muP. Nothing is to be mended."},
		{0.5, 0.6, "undetermined: no interval contradicts standard, muP. "},
		{-0.5, 0.1, "the exponents follow none of the laws: standard expects 1 of the update of dense2, which is -0.50 ± 0.10; muP expects 0 of the update of dense2, " +
			"which is -0.50 ± 0.10. The update shrinks in dense2 (-0.50 ± 0.10), dense3 (-0.50 ± 0.10): multiply the learning rate by (n/n0)^0.5."},
		{0.75, 0.01, "the exponents follow none of the laws: standard expects 1 of the update of dense2, which is 0.75 ± 0.01; muP expects 0 of the update of dense2, " +
			"which is 0.75 ± 0.01. The update grows in dense2 (0.75 ± 0.01), dense3 (0.75 ± 0.01): undetermined, as the interval holds no multiple of 1/2, or several."},
	} {
		check := checked(c.exponent, c.half)
		if got := p.verdict(check) + " " + p.findings(check); got != c.want {
			t.Errorf("%g: got %s\nwant %s", c.exponent, got, c.want)
		}
	}
	for power, want := range map[[3]number]string{
		{-0.7, -0.8, -0.6}: "It depends on the size.", {0.01, -0.2, 0.2}: "No dependence on the size is seen.",
		{0.01, -0.9, 0.9}: "Whether it depends on the size is undetermined.",
	} {
		w := scaleSweep{Family: "mlp", Sizes: []int{8, 64}, Best: []float64{0.01, 0.002}, Edge: []bool{false, true}, Power: power}
		if got := p.rateSentence(w); !strings.HasPrefix(got, "mlp, standard: from width 8 to 64 the best rate goes from 0.01 to 0.002, as the power ") ||
			!strings.Contains(got, want) || !strings.HasSuffix(got, "a better one may lie beyond.") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got, want := (scalePage{say: lang.Chinese}).findings(checked(1, 0.1)), "dense2 (1.00 ± 0.10)、dense3 (1.00 ± 0.10) 的更新增长：把学习率乘以 (n/n0)^-1。"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Checks and searches survive the file, those without an interval too.
func TestScaleResultsSurvive(t *testing.T) {
	folder := t.TempDir()
	r := scaleResults{Settings: scaleSettings{Widths: []int{8}}, Checks: []scaleCheck{checked(1, math.Inf(1))}}
	which := scaleSweep{Family: "mlp", Rule: scaleRule{MuP: true}}
	which.take(&scale.Sweep{Sizes: []int{8}, Rates: []float64{1}, Losses: [][][]float64{{{2, math.Inf(1)}}}, Best: [][]float64{{1, 4}}, Edge: []bool{true}})
	r.Sweeps = append(r.Sweeps, which)
	if err := r.save(folder); err != nil {
		t.Fatal(err)
	}
	got, err := readScale(folder, r.Settings)
	if err != nil {
		t.Fatal(err)
	}
	l := got.Checks[0].Check.Layers[0]
	if k := l.Curve(scale.Update, 1); l.Class != scale.Hidden || k == nil || k.Exponent != 1 || !math.IsInf(k.High, 1) || k.Values[2][0] != 4 {
		t.Errorf("got %+v", l)
	}
	if w := got.findSweep("mlp", scaleRule{MuP: true}); w == nil || w.Best[0] != 2 || !math.IsInf(float64(w.Losses[0][0][1]), 1) {
		t.Errorf("got %+v", w)
	}
	for _, bad := range []string{`{"layers": [{"class": "x"}]}`, `{"layers": [{"class": "input", "curves": [{"quantity": "x"}]}]}`} {
		if err := json.Unmarshal([]byte(bad), &stored{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestScaleFlags(t *testing.T) {
	if got, err := parseSizes("32, 8,16", 8, 64); err != nil || len(got) != 3 || got[0] != 8 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "8,16", "8,16,16", "8,16,20", "8,16,72", "8,16,x"} {
		if _, err := parseSizes(text, 8, 64); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	if got, err := parseFamilies("gpt, mlp,gpt"); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseFamilies("mlp,x"); err == nil {
		t.Error("no error for an unknown family")
	}
}
