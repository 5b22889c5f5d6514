package vanishtest

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// Healthy is Options.Healthy with all defaults.
func Healthy(t testing.TB, model graph.Model, ds *data.Dataset) {
	t.Helper()
	Options{}.Healthy(t, model, ds)
}

// Healthy fails the test if the gradients of a network on a dataset are sick. The message has the reason and the remedies.
func (o Options) Healthy(t testing.TB, model graph.Model, ds *data.Dataset) {
	t.Helper()
	d, err := o.Check(model, ds)
	if err != nil {
		t.Fatalf("%v", err)
		return // Fatalf of a fake TB may return
	}
	if len(Sick(d)) > 0 {
		t.Errorf("%s", Describe(d))
	}
}

// Describe writes a diagnosis for a terminal or the log of a test: the findings, the profile by layer, and the remedies that
// were tried.
func Describe(d vanishing.Diagnosis) string {
	d.Profile.Cost = nil // differs from run to run
	var b strings.Builder
	if err := (report.Text{Notes: true}).Table(&b, d); err != nil {
		return err.Error()
	}
	return b.String()
}
