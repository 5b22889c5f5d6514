package train

import (
	"reflect"
	"slices"
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

func TestProgramsAreKept(t *testing.T) {
	tr := linear()
	tr.EvalBatchSize = 2
	if _, err := tr.Evaluate(background, line()); err != nil {
		t.Fatal(err)
	}
	first := slices.Clone(tr.programs.idle)
	if len(first) != 2 {
		t.Errorf("5 samples, 2 at a time: got %d programs, want 2", len(first))
	}
	if _, err := tr.Evaluate(background, line()); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.programs.idle {
		if !slices.Contains(first, p) {
			t.Errorf("the second evaluation built a program for inputs of %s anew", p.inputs)
		}
	}
}

func TestProgramsAreBounded(t *testing.T) {
	tr := linear()
	for n := 1; n <= 3*maxIdle; n++ {
		if _, err := tr.Predict(background, f64(1, make([]float64, n)...)); err != nil {
			t.Fatal(err)
		}
		if got := len(tr.programs.idle); got > maxIdle {
			t.Fatalf("got %d programs kept, want at most %d", got, maxIdle)
		}
	}
}

// Predictions and evaluations may run at the same time, also the first ones, which draw the parameters.
func TestConcurrentPredictions(t *testing.T) {
	tr, ds := classifierOf(), moons(t, 60, 1)
	alone := classifierOf()
	want, err := alone.Predict(background, ds.X)
	if err != nil {
		t.Fatal(err)
	}
	wantScores, err := alone.Evaluate(background, ds)
	if err != nil {
		t.Fatal(err)
	}
	start := make(chan struct{})
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			<-start
			for range 20 {
				if i%4 == 0 {
					checkScores(t, tr, ds, wantScores)
					continue
				}
				checkPrediction(t, tr, ds.X, want)
			}
		})
	}
	close(start)
	callers.Wait()
}

func checkScores(t *testing.T, tr *Trainer, ds *data.Dataset, want Scores) {
	if got, err := tr.Evaluate(background, ds); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Evaluate beside other calls: got %+v, %v, want %+v", got, err, want)
	}
}

func checkPrediction(t *testing.T, tr *Trainer, x, want *tensor.Dense) {
	got, err := tr.Predict(background, x)
	if err != nil {
		t.Error(err)
		return
	}
	if !slices.Equal(got.Float64s(), want.Float64s()) {
		t.Error("Predict beside other calls gives other numbers than alone")
	}
}
