package train

import (
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// A step with a schedule, accumulation, averages, groups, checkpoints and callbacks that stop the run allocates nothing, as one without.
func TestStepsDoNotAllocate(t *testing.T) {
	groups := []optim.Group{{Params: "bias$", NoDecay: true}}
	for _, tr := range []*Trainer{
		{},
		{Accumulate: 2},
		{Checkpoints: &checkpoint.Folder{Path: t.TempDir()}, Callbacks: []Callback{&EarlyStopping{}, &StopOnNaN{}, &ClipNorm{}}},
		{AverageDecay: 0.9, Callbacks: []Callback{
			&Logger{Path: filepath.Join(t.TempDir(), "log"), Monitors: []Monitor{RateMonitor{}, GradientMonitor{}, AverageMonitor{}}},
			&Logger{Path: filepath.Join(t.TempDir(), "log"), Format: CSV{}},
		}},
		{AverageDecay: 0.9, Schedule: schedule.Warmup(2, schedule.Cosine{}), Optimizer: &optim.AdamW{Groups: groups}},
	} {
		tr.Model, tr.Loss, tr.Dtype = graph.Sequential{graph.Dense{Units: 8}, graph.Tanh, graph.Dense{Units: 2}}, graph.CrossEntropy{}, tensor.Float32
		set := moons(t, 64, 1)
		set.X = as32(t, set.X)
		f, err := tr.newFit(background, set, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.open(); err != nil {
			t.Fatal(err)
		}
		if err := f.begin(); err != nil {
			t.Fatal(err)
		}
		f.run.History.Losses = make([]float64, 0, 100)
		batches, err := data.Batches{}.All(set, 0)
		if err != nil {
			t.Fatal(err)
		}
		sums := new(tally)
		for _, batch := range batches {
			step := func() {
				if tr.Accumulate > 1 {
					if err := f.accumulate(batch, sums); err != nil {
						t.Fatal(err)
					}
				}
				if err := f.step(batch, sums); err != nil {
					t.Fatal(err)
				}
				if err := f.saveIfDue(); err != nil {
					t.Fatal(err)
				}
			}
			step()
			step()
			if n := testing.AllocsPerRun(10, step); n != 0 {
				t.Errorf("Accumulate %d, AverageDecay %g: a step allocates %g times", tr.Accumulate, tr.AverageDecay, n)
			}
		}
		if err := f.conclude(background, ErrStop); err != nil {
			t.Fatal(err)
		}
		if err := f.end(); err != nil {
			t.Fatal(err)
		}
	}
}
