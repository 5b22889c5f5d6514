package report_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// trained is the profile of a small network, trained at each call.
func trained(t *testing.T) vanishing.Profile {
	t.Helper()
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(1, 1)), 100, 20)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Zeros(tensor.Float32, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{Name: "tanh"}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 20, Depth: 8, Width: 64, Output: 1, Activation: graph.Tanh}, Loss: graph.MSE{},
		BatchSize: 32, Epochs: 2, Seed: 1, Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
		t.Fatal(err)
	}
	p := recorder.Profile()
	p.Cost = nil // the one part that differs
	return p
}

// reports are all reports of a profile.
func reports(t *testing.T, p vanishing.Profile) map[string][]byte {
	t.Helper()
	var table, bars, compare, markdown, csv, json, events, metrics, profile, heat, budget, page bytes.Buffer
	curves, err := plot.Profile(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := plot.Heatmap(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := plot.Budget(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		report.Text{}.Table(&table, vanishing.Diagnose(p)), report.Text{}.Bars(&bars, vanishing.Diagnose(p)), report.CSV(&csv, vanishing.Diagnose(p)), report.JSON(&json, vanishing.Diagnose(p)),
		report.Text{}.Compare(&compare, vanishing.DiagnoseAll(p, p)...), report.Markdown(&markdown, vanishing.Diagnose(p)), export.TensorBoard{}.Write(&events, vanishing.Diagnose(p)), export.Prometheus(&metrics, vanishing.Diagnose(p)),
		curves.Write(&profile, "svg"), cells.Write(&heat, "png"), report.HTML(&page, vanishing.Diagnose(p)), parts.Write(&budget, "svg"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{
		"table": table.Bytes(), "bars": bars.Bytes(), "CSV": csv.Bytes(), "JSON": json.Bytes(),
		"comparison": compare.Bytes(), "Markdown": markdown.Bytes(), "event file": events.Bytes(), "metrics": metrics.Bytes(),
		"profile plot": profile.Bytes(), "heat map": heat.Bytes(), "page": page.Bytes(), "budget plot": budget.Bytes(),
	}
}

// Two runs from one seed give the same reports, byte by byte, on one processor and on two.
func TestSameSeedSameReports(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	first := reports(t, trained(t))
	for _, processors := range []int{1, 2} {
		runtime.GOMAXPROCS(processors)
		for name, got := range reports(t, trained(t)) {
			if len(got) == 0 || !bytes.Equal(got, first[name]) {
				t.Errorf("on %d processors: the %s differs from that of the first run", processors, name)
			}
		}
	}
}
