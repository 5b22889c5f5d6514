package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observed is a result of two epochs whose gradient ratio is 0.25 in the first step, 0.5 in the last.
func observed(name string) result {
	record := func(step int, first float64) vanishing.Record {
		return vanishing.Record{Step: step, Layers: []profile.LayerRecord{{DeltaRMS: profile.Number(first)}, {DeltaRMS: 1}, {DeltaRMS: 2}}}
	}
	return newResult(
		train.History{Epochs: []train.EpochScores{
			{Train: train.Scores{Loss: 9, Accuracy: 0.1}, Val: train.Scores{Loss: 9, Accuracy: 0.1}},
			{Train: train.Scores{Loss: 1.5, Accuracy: 0.2}, Val: train.Scores{Loss: 2.5, Accuracy: 0.3}},
		}},
		vanishing.Diagnose(vanishing.Profile{
			Name:    name,
			Layers:  []vanishing.Layer{{Path: "dense1", Depth: 1}, {Path: "dense2", Depth: 2}, {Path: "dense3", Depth: 3}},
			Records: []vanishing.Record{record(0, 0.25), record(20, 0.3), record(40, 0.5)},
		}),
	)
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	table(&b, []result{observed("a network")})
	row := strings.Fields(strings.Split(b.String(), "\n")[1])
	want := []string{"a", "network", "1.5000", "30.0%", "0.25", "0.5", "healthy"}
	if strings.Join(row, " ") != strings.Join(want, " ") {
		t.Errorf("the row is %v, want %v: loss and accuracy of the last epoch, ratio of the first and the last step", row, want)
	}
}

// A second run into the same folder leaves no pictures of networks it did not train.
func TestFolderHoldsOneRun(t *testing.T) {
	to, err := newFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old one", "new one"} {
		fill(context.Background(), to, []result{observed(name)})
		if err := to.unsaved(); err != nil {
			t.Fatal(err)
		}
	}
	pictures, _ := filepath.Glob(filepath.Join(to.path, "layers-by-step-*"))
	if len(pictures) != 2 || !strings.Contains(pictures[0], "new-one") {
		t.Errorf("pictures are %v, want two of the new network", pictures)
	}
}
