package train

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// A run on a stream that is stopped in mid-epoch, with standardised targets and weights, goes on to the same bits.
func TestResumeInAStream(t *testing.T) {
	ds := prices(t, 50)
	w := make([]float32, 50)
	for i := range w {
		w[i] = float32(i % 3)
	}
	ds.Columns = append(ds.Columns, data.Column{Name: "w", Values: tensor.New(tensor.WithShape(50), tensor.WithBacking(w))})
	s := streamOf(ds)
	s.Buffer = 12
	fresh := func() *Trainer {
		tr := appraiser()
		tr.Loss = graph.WeightedBy("w", graph.MSE{})
		tr.Epochs, tr.BatchSize = 3, 8
		return tr
	}
	whole := fresh()
	want, err := whole.FitStream(background, s, ds)
	if err != nil {
		t.Fatal(err)
	}
	for stop := 1; stop < 20; stop += 3 {
		folder := t.TempDir()
		first := fresh()
		first.Checkpoints = &checkpoint.Folder{Path: folder}
		ctx, cancel := context.WithCancel(background)
		first.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error {
			if r.Step == stop {
				cancel()
			}
			return nil
		}}}
		if _, err := first.FitStream(ctx, s, ds); err == nil {
			t.Fatal("the run was not stopped")
		}
		second := fresh()
		second.Checkpoints = &checkpoint.Folder{Path: folder}
		got, err := second.FitStream(background, s, ds)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(got), fmt.Sprint(want); got != want { // NaN too
			t.Errorf("stopped after step %d: got history %s, want %s", stop, got, want)
		}
		for _, p := range whole.Params.All() {
			if !reflect.DeepEqual(p.Value.Data(), second.Params.Get(p.Name).Value.Data()) {
				t.Errorf("stopped after step %d: parameter %s differs", stop, p.Name)
			}
		}
	}
}
