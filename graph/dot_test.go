package graph_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// drawn is a program whose names would break a text that does not quote them.
func drawn(t *testing.T) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model: graph.Sequential{
			graph.Named(`the "stem" \ 1`, graph.Dense{Units: 3}), graph.Dropout{P: 0.5},
			graph.Residual{Branch: graph.Dense{Units: 2}, Activation: graph.ReLU},
		},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.MSE{},
	})
}

func TestDOT(t *testing.T) {
	p := drawn(t)
	wantText(t, "forward.dot", p.DOT())
	wantText(t, "gradient.dot", p.DOTWithGradient())
}

func TestDOTWithoutLoss(t *testing.T) {
	p := build(t, graph.Config{Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}})
	if dot := p.DOT(); !strings.Contains(dot, `label="dense1"`) || strings.Contains(dot, "target") || dot != p.DOTWithGradient() {
		t.Errorf("without a loss the graph is\n%s", dot)
	}
}

// The same model gives the same text, although it is another graph.
func TestDOTIsDeterministic(t *testing.T) {
	if a, b := drawn(t), drawn(t); a.DOTWithGradient() != b.DOTWithGradient() {
		t.Error("two graphs of one model give two texts")
	}
}

// Each node is declared once, in one box at most, and each edge joins two of them.
func TestDOTIsComplete(t *testing.T) {
	p := build(t, graph.Config{
		Model:  resnet.Model{Input: 4, Widths: []int{6, 5}, Output: 3, Norm: graph.BN},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{},
	})
	dot := p.DOTWithGradient()
	declared := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^ +(n\d+) \[`).FindAllStringSubmatch(dot, -1) {
		if declared[m[1]] {
			t.Errorf("%s is declared twice", m[1])
		}
		declared[m[1]] = true
	}
	edges := regexp.MustCompile(`(?m)^  (n\d+) -> (n\d+)$`).FindAllStringSubmatch(dot, -1)
	for _, m := range edges {
		if !declared[m[1]] || !declared[m[2]] {
			t.Errorf("%s joins nodes that are not declared", m[0])
		}
	}
	if len(declared) < 50 || len(edges) < len(declared) {
		t.Errorf("only %d nodes and %d edges", len(declared), len(edges))
	}
	boxes := regexp.MustCompile(`label="([^"]*)"\n`).FindAllStringSubmatch(dot, -1)
	seen := make(map[string]bool)
	for _, m := range boxes {
		seen[m[1]] = true
	}
	for _, w := range p.Weights {
		if w.Trainable() && !seen[w.Layer] {
			t.Errorf("no box is drawn around %s", w.Layer)
		}
	}
}

// Graphviz can read it.
func TestDOTRenders(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("Graphviz is not installed")
	}
	p := drawn(t)
	for _, text := range []string{p.DOT(), p.DOTWithGradient()} {
		render := exec.Command(dot, "-Tsvg")
		render.Stdin = strings.NewReader(text)
		var complaints bytes.Buffer
		render.Stderr = &complaints
		svg, err := render.Output()
		if err != nil || complaints.Len() > 0 || !bytes.Contains(svg, []byte("the &quot;stem&quot;")) {
			t.Errorf("dot: %v: %s", err, &complaints)
		}
	}
}
