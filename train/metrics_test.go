package train

import (
	"math"
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/schedule"
)

// measured is a classifier of moons with metrics, whose evaluation takes 4 samples at once.
func measured() *Trainer {
	return &Trainer{
		Model: graph.Sequential{graph.Dense{Units: 8}, graph.Tanh, graph.Dense{Units: 2}}, Loss: graph.CrossEntropy{}, Dtype: tensor.Float64,
		Epochs: 2, BatchSize: 8, EvalBatchSize: 4, Metrics: []metric.Metric{metric.Accuracy{}, metric.F1{}, metric.Perplexity{}, metric.AUROC{}},
	}
}

// The metrics of ragged batches are those of the whole set, and agree with the loss.
func TestMetrics(t *testing.T) {
	tr, set := measured(), moons(t, 22, 1)
	h, err := tr.Fit(background, set, set)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tr.Evaluate(background, set)
	if err != nil {
		t.Fatal(err)
	}
	logits, err := tr.Predict(background, set.X)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"accuracy": s.Accuracy, "perplexity": math.Exp(s.Loss)}
	for _, m := range tr.Metrics {
		a := m.New()
		if err := a.Add(logits, set.Y); err != nil {
			t.Fatal(err)
		}
		if _, has := want[m.Name()]; !has {
			want[m.Name()] = a.Value()
		}
	}
	for name, v := range want {
		if math.Abs(s.Metrics[name]-v) > 1e-13 || len(s.Metrics) != len(want) {
			t.Errorf("%s is %g of %v, want %g", name, s.Metrics[name], s.Metrics, v)
		}
		if h.Epochs[1].Val.Metrics[name] != s.Metrics[name] {
			t.Errorf("%s is %g in the history, want %g", name, h.Epochs[1].Val.Metrics[name], s.Metrics[name])
		}
	}
	if h.Epochs[1].Train.Metrics != nil {
		t.Errorf("the training scores have metrics: %v", h.Epochs[1].Train.Metrics)
	}
}

// Evaluations at the same time do not mix.
func TestMetricsOfConcurrentEvaluations(t *testing.T) {
	tr := measured()
	sets := []*data.Dataset{moons(t, 22, 1), moons(t, 13, 2)}
	var want []Scores
	for _, set := range sets {
		s, err := tr.Evaluate(background, set)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, s)
	}
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			s, err := tr.Evaluate(background, sets[i%2])
			if err != nil || s.Metrics["AUROC"] != want[i%2].Metrics["AUROC"] {
				t.Errorf("got %v (%v), want %v", s.Metrics, err, want[i%2].Metrics)
			}
		})
	}
	all.Wait()
}

// A plateau can observe a metric. Here no accuracy is good enough.
func TestMonitor(t *testing.T) {
	plateau := &schedule.Plateau{Patience: 1, Higher: true, Threshold: 2, Absolute: true}
	tr, set := measured(), moons(t, 22, 1)
	tr.Epochs, tr.Schedule, tr.Monitor = 3, plateau, "accuracy"
	h, err := tr.Fit(background, set, set)
	if err != nil {
		t.Fatal(err)
	}
	if s := plateau.State; s.Best != h.Epochs[0].Val.Accuracy || s.Factor != 0.1 {
		t.Errorf("the state is %+v, want the accuracy %g of the first epoch and a factor of 0.1", s, h.Epochs[0].Val.Accuracy)
	}
}

func TestBadMetrics(t *testing.T) {
	for want, change := range map[string]func(*Trainer){
		"Trainer.Metrics[0] is nil":                func(tr *Trainer) { tr.Metrics = []metric.Metric{nil} },
		`got two of the name "accuracy"`:           func(tr *Trainer) { tr.Metrics = append(tr.Metrics, metric.Accuracy{}) },
		`Trainer.Monitor: got "R2", want the name`: func(tr *Trainer) { tr.Monitor = "R2" },
		`Trainer.Monitor is "accuracy", but there`: func(tr *Trainer) { tr.Monitor = "accuracy" },
	} {
		tr := measured()
		change(tr)
		_, err := tr.Fit(background, moons(t, 8, 1), nil)
		wantError(t, err, want)
	}
	tr := measured()
	tr.Metrics = []metric.Metric{metric.R2{}} // not of classes
	_, err := tr.Evaluate(background, moons(t, 8, 1))
	wantError(t, err, "train: metric R2: metric: the target: got int")
}

// Settings that no metric can have are errors before training.
func TestMetricsAreCheckedBeforeTraining(t *testing.T) {
	for want, m := range map[string]metric.Metric{
		"Trainer.Metrics[1] (F1 of class -1): Class: got -1, want 0 to 1": metric.F1{Average: metric.OneClass, Class: -1},
		"Class: got 9, want 0 to 1":                                       metric.Recall{Average: metric.OneClass, Class: 9},
		"Average: got 9, want Macro":                                      metric.Precision{Average: 9},
		"K: got -1, want a positive number":                               metric.TopK{K: -1},
		"(calibration error): Bins: got -1, want a positive":              metric.CalibrationError{Bins: -1},
	} {
		tr, steps := measured(), 0
		tr.Metrics = []metric.Metric{metric.F1{Average: metric.OneClass, Class: 1}, m}
		tr.Callbacks = []Callback{&hooks{afterStep: func(*Run) error { steps++; return nil }}}
		set := moons(t, 8, 1)
		_, err := tr.Fit(background, set, set)
		wantError(t, err, want)
		if steps != 0 {
			t.Errorf("%s: got %d steps before it, want none", want, steps)
		}
		_, err = tr.Evaluate(background, set)
		wantError(t, err, want)
	}
}

func TestMetricsInChinese(t *testing.T) {
	for name, want := range map[string]string{"top-5 accuracy": "前 5 准确率", "macro F1": "宏平均F1", "micro recall": "微平均召回率", "AUROC": "AUROC"} {
		if got := lang.Chinese.Stored(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
