package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func expectVerdict(t *testing.T, p profile.Profile, want Verdict, phrases ...string) Diagnosis {
	t.Helper()
	d := Diagnose(p)
	if d.Verdict != want {
		t.Errorf("verdict %v, want %v: %s %s", d.Verdict, want, d.Sentence, d.Evidence)
	}
	for _, phrase := range phrases {
		if !strings.Contains(d.Sentence+" "+d.Evidence, phrase) {
			t.Errorf("%q is missing in: %s %s", phrase, d.Sentence, d.Evidence)
		}
	}
	return d
}

// expectFinding is the finding of a rule, which must contain the phrases in its sentence, evidence, remedy or code.
func expectFinding(t *testing.T, d Diagnosis, rule string, phrases ...string) Finding {
	t.Helper()
	for _, f := range d.Findings {
		if f.Rule != rule {
			continue
		}
		text := strings.Join([]string{f.Sentence, f.Evidence, f.Remedy, f.Code}, " ")
		for _, phrase := range phrases {
			if !strings.Contains(text, phrase) {
				t.Errorf("%s: %q is missing in: %s", rule, phrase, text)
			}
		}
		if f.Confidence < 0 || f.Confidence > 1 || math.IsNaN(f.Confidence) {
			t.Errorf("%s: confidence %g", rule, f.Confidence)
		}
		return f
	}
	t.Errorf("no finding %q among %v", rule, ruleNames(d))
	return Finding{}
}

func expectNoFinding(t *testing.T, d Diagnosis, rule string) {
	t.Helper()
	if slices.Contains(ruleNames(d), rule) {
		t.Errorf("there is a finding %q: %+v", rule, d.Findings)
	}
}

func ruleNames(d Diagnosis) []string {
	var names []string
	for _, f := range d.Findings {
		names = append(names, f.Rule)
	}
	return names
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}
