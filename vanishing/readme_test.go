package vanishing_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// The program of the README.
func Example_readme() {
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		log.Fatal(err)
	}
	images, err = images.Subset(640)
	if err != nil {
		log.Fatal(err)
	}
	// begin README
	recorder := &vanishing.Recorder{}
	trainer := &train.Trainer{
		Model:     mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Sigmoid},
		Loss:      graph.CrossEntropy{},
		Epochs:    1,
		Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), images, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(vanishing.Diagnose(recorder.Profile()).Verdict)
	// end README
	// Output: vanishing
}

// The README has the same lines as the example above.
func TestReadmeShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "// begin README\n")
	code, _, _ = strings.Cut(code, "\t// end README")
	if line := "images, _, err := data.FashionMNIST(tensor.Float32)"; !strings.Contains(string(readme), line) || !strings.Contains(string(source), "\t"+line+"\n") {
		t.Errorf("the README does not tell where the images come from: %s", line)
	}
	for _, line := range strings.Split(strings.TrimSpace(code), "\n") {
		if !strings.Contains(string(readme), strings.TrimPrefix(line, "\t")+"\n") {
			t.Errorf("the README does not show %q", line)
		}
	}
}
