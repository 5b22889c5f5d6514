package vanishtest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// Healthy fails the test if the gradients of a network on a dataset are sick, and says why and what would help. It is
// Options.Healthy with all defaults.
func Healthy(t testing.TB, model graph.Model, ds *data.Dataset) {
	t.Helper()
	Options{}.Healthy(t, model, ds)
}

// Healthy fails the test if the gradients of a network on a dataset are sick, and says why and what would help.
func (o Options) Healthy(t testing.TB, model graph.Model, ds *data.Dataset) {
	t.Helper()
	p, d, err := o.Check(model, ds)
	if err != nil {
		t.Fatalf("%v", err)
		return // for a TB that goes on
	}
	if len(Sick(d)) > 0 {
		t.Errorf("%s", Describe(p, d))
	}
}

// Describe writes a diagnosis for a terminal or the log of a test: the profile by layer, the findings, and the remedies that
// were tried.
func Describe(p vanishing.Profile, d vanishing.Diagnosis) string {
	var b strings.Builder
	if err := (report.Text{}).Table(&b, p, d); err != nil {
		fmt.Fprintln(&b, err)
	}
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "\n%s: %s (confidence %.2f)\n  %s\n", f.Severity, f.Rule, f.Confidence, f.Sentence)
		for _, line := range []string{f.Evidence, f.Remedy, f.Code} {
			if line != "" {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
	}
	if len(p.Trials) > 0 {
		fmt.Fprintf(&b, "\nremedies, tried on one batch, the best first:\n%s", trials(p.Trials))
	}
	return b.String()
}

// trials is the table of remedies.
func trials(list []vanishing.Trial) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "remedy\tdecades over the depth\tloss\tafter\tcode")
	for _, t := range list {
		if !t.Tried {
			fmt.Fprintf(w, "%s\t-\t-\t-\t%s\n", t.Name, t.Note)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%.3g\t%.3g\t%s\n", t.Name, decades(t.Change), t.Loss, t.After, t.Code)
	}
	w.Flush()
	return b.String()
}

func decades(change float64) string {
	if math.Abs(change) < 0.05 {
		return "0.0"
	}
	return fmt.Sprintf("%+.1f", change)
}
