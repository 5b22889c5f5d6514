package plot

import (
	"flag"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/theory"
)

var pictures = flag.String("pictures", "", "folder to leave pictures in, to look at")

// TestPictures writes the pictures for inspection: go test -run TestPictures -pictures DIR.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no folder for pictures was given")
	}
	for name, make := range map[string]func() (*Figure, error){
		"profile.png": func() (*Figure, error) {
			return Profile(vanishing.DiagnoseAll(reporttest.Residual(10), reporttest.Plain("plain", reporttest.Falling(21, 0.7)))...)
		},
		"budget.png":      func() (*Figure, error) { return Budget(vanishing.Diagnose(reporttest.Residual(10))) },
		"budget-deep.png": func() (*Figure, error) { return Budget(vanishing.Diagnose(reporttest.Residual(200))) },
		"paths.png":       func() (*Figure, error) { return Paths(vanishing.Diagnose(reporttest.Residual(24))) },
		"edge.png": func() (*Figure, error) {
			return EdgeOfChaos(edgeOfChaos(t, graph.Tanh), &theory.ChaosPoint{WeightSD: 1})
		},
		"heat.png": func() (*Figure, error) { return Heatmap(vanishing.Diagnose(reporttest.Residual(10))) },
	} {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Save(*pictures + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
}
