package report

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

var rewrite = flag.Bool("update", false, "write the golden files anew; look at what changed before you commit it")

var pictures = flag.String("pictures", "", "folder to leave pictures in, to look at")

// golden compares a report with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s\ngo test -run %s -update ./vanishing/report writes it anew", path, got, want, t.Name())
	}
}

// full is a profile with everything that one can have: a residual sigmoid network of four layers in two blocks, recorded in
// three steps, two of them with details and one with histograms.
func full() vanishing.Profile {
	p := madeUp("full", []float64{1e-4, 1e-3, 1e-3, 1e-2, 1e-1}, []float64{2e-4, 2e-3, 2e-3, 2e-2, 1e-1}, []float64{1e-4, 1e-3, 1e-3, 1e-2, 1e-1})
	p.Optimizer = "sgd(lr=0.1)"
	p.Layers[2].OnSkip = true
	p.Layers[3].Norm = "bn"
	for i := range p.Layers {
		p.Layers[i].Activation, p.Layers[i].FanIn, p.Layers[i].Init = "sigmoid", 10, "he_normal(gain=1.414)"
	}
	p.Layers[4].Activation = ""
	p.Blocks = []vanishing.Block{{Path: "block1", First: 0, Last: 1}, {Path: "block2", First: 3, Last: 3}}
	p.Sampling = vanishing.Sampling{Norms: "every 10 steps", Details: "every 20 steps", Histograms: "every 100 steps", Steps: 21, Recorded: 3, Kept: 3}
	nan := math.NaN()
	p.Theory = &vanishing.Theory{
		Delta: []float64{-1.9, -0.95, nan, 0, nan}, Band: []float64{0.1, 0.05, nan, 0, nan}, Q: []float64{0.9, 1, nan, 1.1, 1.2},
		Chi: []float64{0.012, 0.013, nan, nan, nan}, Grad: []float64{-2, -1, nan, 0, nan}, Z: []float64{-1, -1, nan, nan, nan},
		Step: []float64{-0.5, -4.5, nan, nan, nan}, Xi: 0.23, Beta: 0.5,
	}
	p.Paths = []vanishing.Paths{{Step: 0, Shares: []float64{0.25, 0.5, 0.25}, Expected: []float64{0.3, 0.45, 0.25}, Mean: 1, Error: 1e-7}}
	p.Trials = []vanishing.Trial{
		{Name: "batch normalisation", Code: "Norm: graph.BN", Tried: true, Change: -0.2, Delta: []float64{0.1, 0.1, 0.1, 0.1}, Early: 1e-3, Late: 2e-3, Loss: 2.3, After: 2.1},
		{Name: "SELU", Note: "the network has a normalisation already"},
	}
	p.Cost = &vanishing.Cost{Run: 10, Recording: 0.12}
	for i := range p.Records {
		r := &p.Records[i]
		if r.Details = i != 1; r.Details {
			r.Blocks = []vanishing.BlockRecord{{TotalRMS: 3e-4, SkipRMS: 2e-4, BranchRMS: 1e-4, Cosine: 0.99}, {TotalRMS: 2e-3, SkipRMS: 2e-3, BranchRMS: 1e-5, Cosine: nan}}
		}
	}
	for i, gains := range []vanishing.Gains{{Weight: -0.1, Activation: -1, Skip: 0.1}, {Weight: -0.2, Activation: -0.9, Norm: 0.1}, noGains(), {Weight: -1}} {
		p.Records[0].Layers[i].Gains, p.Records[2].Layers[i].Gains = gains, gains
	}
	r := &p.Records[0]
	r.Histograms = true
	for i := range r.Layers {
		r.Layers[i].Delta = &vanishing.Histogram{Low: -15, Negative: []int{1, 4}, Positive: []int{2, 5}, Zero: 3}
		r.Layers[i].Pre = &vanishing.Histogram{Low: 0, Negative: []int{1}, Positive: []int{1}, NaN: 1, Inf: 2}
		r.Params[i].Grad = &vanishing.Histogram{Zero: 100}
		r.Params[i].Value = &vanishing.Histogram{Low: -3, Negative: []int{50}, Positive: []int{50}}
	}
	return p
}

func TestGoldenTables(t *testing.T) {
	golden(t, "table.txt", []byte(table(t, Text{}, full())))
	golden(t, "table.ascii.txt", []byte(table(t, Text{ASCII: true, Width: 76}, full())))
	var b bytes.Buffer
	fmt.Fprint(&b, table(t, Text{Color: true}, full()))
	golden(t, "table.color.txt", b.Bytes())
}

func TestGoldenFiles(t *testing.T) {
	golden(t, "profile.csv", []byte(writeCSV(t, full())))
	golden(t, "profile.json", []byte(writeJSON(t, full())))
}

func TestGoldenMarkdown(t *testing.T) {
	golden(t, "report.md", []byte(markdown(t, full(), madeUp("plain *bold* | <b>", falling(50, 0.1)))))
}

func TestGoldenComparison(t *testing.T) {
	golden(t, "compare.txt", []byte(compare(t, Text{Width: 80}, full(), madeUp("plain", falling(50, 0.1)), madeUp("a network of a long name", falling(4, 1)), odd()["lost"])))
}
