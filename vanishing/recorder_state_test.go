package vanishing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
)

var errCut = errors.New("cut")

// A cutter is a callback that fails before the update of a step.
type cutter struct {
	train.Base
	step int
}

func (c cutter) BeforeUpdate(r *train.Run) error {
	if r.Step == c.step {
		return errCut
	}
	return nil
}

// A run that was cut at any step and resumed has the profile of one that was not, apart from its cost.
func TestResumedProfile(t *testing.T) {
	x, y := randomBatch(t, 1, 48, 6, 3)
	set := &data.Dataset{X: x, Y: y}
	run := func(c cutter, folder *checkpoint.Folder) ([]byte, error) {
		r := &Recorder{Name: "n", Paths: Linear{Step: 7}, MaxRecords: 20}
		trainer := &train.Trainer{
			Model: resnet.Model{Input: 6, Blocks: 2, Skip: 2, Width: 8, Output: 3, Norm: graph.BN}, Loss: graph.CrossEntropy{}, Epochs: 12, BatchSize: 20, Seed: 3,
			Callbacks: []train.Callback{r, c}, Checkpoints: folder,
		}
		_, err := trainer.Fit(context.Background(), set, set)
		p := r.Profile()
		p.Cost = nil
		text, jsonErr := json.Marshal(p)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		return text, err
	}
	want, err := run(cutter{step: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 5, 17, 35} {
		path := t.TempDir()
		if _, err := run(cutter{step: at}, &checkpoint.Folder{Path: path, Steps: 2}); !errors.Is(err, errCut) {
			t.Fatalf("cut at step %d: got error %v", at, err)
		}
		got, err := run(cutter{step: -1}, &checkpoint.Folder{Path: path, Steps: 2})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("cut at step %d: got the profile\n%.2000s\nwant\n%.2000s", at, got, want)
		}
	}
}
