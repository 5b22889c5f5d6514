package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// read decodes the data of a page.
func read(t *testing.T, profiles ...vanishing.Profile) map[string]any {
	t.Helper()
	text, err := Data(subjects(profiles...), Whole)
	if err != nil {
		t.Fatal(err)
	}
	var tree struct{ Runs []map[string]any }
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree.Runs[0]
}

// subjects are profiles with the diagnoses of all their records.
func subjects(profiles ...vanishing.Profile) []Subject {
	var list []Subject
	for _, p := range profiles {
		list = append(list, Subject{p, vanishing.Diagnose(p)})
	}
	return list
}

// at follows keys and indices into decoded JSON.
func at(t *testing.T, tree any, path ...any) any {
	t.Helper()
	for _, key := range path {
		switch key := key.(type) {
		case string:
			tree = tree.(map[string]any)[key]
		case int:
			tree = tree.([]any)[key]
		}
	}
	return tree
}

func TestDataHoldsTheProfile(t *testing.T) {
	p := madeup.Residual()
	run := read(t, p)
	for _, k := range []int{0, 17, 119} {
		r := p.Records[k]
		for _, l := range []int{0, 14, 29} {
			for name, want := range map[string]profile.Number{
				"delta_rms": r.Layers[l].DeltaRMS, "weight.grad_l2": r.Params[l].GradL2,
			} {
				same(t, name, at(t, run, "norms", "values", name, l, k), want)
			}
			d := r.Details
			for name, want := range map[string]profile.Number{
				"pre_std": d.Layers[l].PreStd, "saturated": d.Layers[l].Saturated, "weight.snr": *d.Params[l].SNR, "weight.update_ratio": d.Updates[l].Ratio,
			} {
				same(t, name, at(t, run, "details", "values", name, l, k), want)
			}
		}
		same(t, "gains", at(t, run, "details", "values", "gains.skip", 14, k), r.Details.Layers[14].Gains.Skip)
		same(t, "gains of the last layer", at(t, run, "details", "values", "gains.skip", 29, k), profile.Number(math.NaN()))
		same(t, "branch", at(t, run, "details", "blocks", "branch_rms", 5, k), r.Details.Blocks[5].BranchRMS)
	}
	same(t, "loss", at(t, run, "loss", "values", 60), p.Records[60].Loss)
	same(t, "band", at(t, run, "theory", "columns", "band", 3), p.Theory.Layers[3].Band)
	same(t, "shares", at(t, run, "paths", 0, "shares", 2), p.Paths[0].Shares[2])
	same(t, "sharpness", at(t, run, "sharpness", 0, "value"), p.Sharpness[0].Value)
	same(t, "change", at(t, run, "trials", 1, "outcome", "change"), p.Trials[1].Outcome.Change)
	h := p.Records[3].Histograms.Layers[4].Delta
	if got := fmt.Sprint(at(t, run, "histograms", "kinds", "delta", 4, 1)); got != fmt.Sprint([]any{h.Low, h.Zero, h.NaN, h.Inf, h.Negative, h.Positive}) {
		t.Errorf("a histogram is %s, want %+v", got, h)
	}
}

// same compares numbers to five digits.
func same(t *testing.T, what string, got any, number profile.Number) {
	t.Helper()
	want := float64(number)
	switch got := got.(type) {
	case float64:
		if math.Abs(got-want) <= 0.5e-4*math.Abs(want) {
			return
		}
	case string:
		if got == "NaN" && math.IsNaN(want) || got == "+Inf" && math.IsInf(want, 1) || got == "-Inf" && math.IsInf(want, -1) {
			return
		}
	}
	t.Errorf("%s is %v, want %g", what, got, want)
}

func TestDataKeepsWhatIsNoNumber(t *testing.T) {
	p := madeup.Broken()
	run := read(t, p)
	for _, k := range []int{19, 20, 45, 59} {
		for l := range p.Layers {
			same(t, "delta_rms", at(t, run, "norms", "values", "delta_rms", l, k), p.Records[k].Layers[l].DeltaRMS)
		}
	}
	if verdict := run["verdict"]; verdict != "non-finite" {
		t.Errorf("the verdict is %v", verdict)
	}
}

// Of a long run the page holds few records, among them the first, the last and the one in which the run broke.
func TestDataOfALongRunHoldsWhereItBroke(t *testing.T) {
	p := madeup.Network{Name: "long", Layers: 6, Steps: 2000, Factor: 0.9, Activation: profile.Tanh}.Profile()
	nan := profile.Number(math.NaN())
	p.Records[1234].Loss, p.Records[1234].Layers[2].DeltaRMS = nan, nan
	for _, size := range []int{Whole, Brief} {
		text, err := Data(subjects(p), size)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > size {
			t.Errorf("%d bytes, want at most %d", len(text), size)
		}
		var tree struct {
			Runs []struct {
				Norms struct {
					Steps []int
					Of    int
				}
			}
		}
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		norms, steps := tree.Runs[0].Norms, map[int]bool{}
		for _, step := range norms.Steps {
			steps[step] = true
		}
		if !steps[0] || !steps[12340] || !steps[19990] || norms.Of != 2000 || len(steps) > 301 {
			t.Errorf("%d of %d records: %v", len(steps), norms.Of, norms.Steps)
		}
	}
}

func TestPagesOfHugeAndBrokenProfiles(t *testing.T) {
	steps := 100
	if testing.Short() {
		steps = 20
	}
	for name, p := range map[string]vanishing.Profile{
		"1000 layers": madeup.Deep(1000, steps), "a million records": madeup.Long(1_000_000), "nothing but NaN": madeup.AllNaN(100, 100),
	} {
		var b bytes.Buffer
		d := vanishing.DiagnoseAll(p)
		before := cputime.Used()
		if err := Write(&b, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		took := cputime.Used() - before
		t.Logf("%s: %d bytes in %v of processor time", name, b.Len(), took)
		if b.Len() > 5_000_000 || took > 5*time.Second {
			t.Errorf("%s: %d bytes in %v, want less than 5 MB in 5 s of processor time", name, b.Len(), took)
		}
	}
}

func TestPageIsTheSameEachTime(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := Write(b, vanishing.DiagnoseAll(madeup.Sigmoid(), madeup.Residual())); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two pages of the same profiles differ")
	}
}

// Foreign text never becomes markup, in any field.
func TestNamesAreNoMarkup(t *testing.T) {
	const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'--><!--`
	p := madeup.Residual()
	p.Name, p.Dtype, p.Optimizer = evil, evil, &profile.Optimizer{Kind: evil, Name: evil}
	p.Layers[3].Path, p.Layers[3].Activation.Kind, p.Layers[3].Norm.Kind, p.Blocks[0].Path = evil, evil, evil, evil
	p.Layers[3].Init = &profile.Initializer{Kind: evil, Name: evil}
	p.Sampling.Layers, p.Theory.None = evil, evil
	p.Trials[0].Name, p.Trials[0].Code, p.Trials[0].Note = evil, evil, evil
	var b bytes.Buffer
	if err := Write(&b, vanishing.DiagnoseAll(p)); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if strings.Contains(text, evil) || strings.Contains(text, "<img") || strings.Count(text, "<script") != 3 || strings.Count(text, "</script") != 3 {
		t.Error("a name is markup")
	}
	if !strings.Contains(text, html.EscapeString(evil)) {
		t.Error("the name is nowhere to be read")
	}
}

// The page makes no requests: it has no address, and a policy that forbids them.
func TestPageIsSelfContained(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, vanishing.DiagnoseAll(madeup.Sigmoid())); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{`src="`, `href="http`, `href="/`, "@import", "url("} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, part := range []string{"default-src", "connect-src", "base-uri", "form-action"} {
		if !strings.Contains(text, part+" 'none'") {
			t.Errorf("the page's policy does not say %s 'none'", part)
		}
	}
}
