package train

import (
	"path/filepath"
	"runtime"
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
		tr.BatchSize = 16
		set := moons(t, 64, 1)
		set.X = as32(t, set.X)
		f, err := tr.newFit(background, set, nil, nil)
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
		batches, err := data.Batches{Size: 16}.All(set, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.tally = new(tally)
		for _, batch := range batches {
			step := func() {
				f.batch = 0
				for range max(1, tr.Accumulate) {
					if err := f.take(background, batch); err != nil {
						t.Fatal(err)
					}
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

// A prediction of a size that was predicted before builds nothing: it allocates its output and less than 2 KiB.
func TestPredictAllocatesLittle(t *testing.T) {
	tr := classifierOf()
	tr.EvalBatchSize = 0
	for _, rows := range []int{1, 300} {
		x := moons(t, rows, 1).X
		var before, after runtime.MemStats
		const calls = 100
		for i := range calls + 1 {
			if i == 1 {
				runtime.ReadMemStats(&before)
			}
			if _, err := tr.Predict(background, x); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		output := uint64(8 * 2 * rows)
		if got := (after.TotalAlloc - before.TotalAlloc) / calls; got > 2*output+2048 {
			t.Errorf("%d rows: got %d bytes a call, want less than 2048 beside the output of %d", rows, got, output)
		}
	}
}
