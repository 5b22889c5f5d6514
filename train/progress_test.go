package train

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// ticking is a clock that goes on by 2.1 s each time it is read.
func ticking() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(2100 * time.Millisecond)
		return now
	}
}

// progressOf fits three epochs of line with a Progress and gives what it writes.
func progressOf(t *testing.T, p *Progress, val *data.Dataset) string {
	t.Helper()
	var out strings.Builder
	p.Out, p.now = &out, ticking()
	tr := linear()
	tr.Epochs, tr.BatchSize, tr.Callbacks = 3, 1, []Callback{p}
	tr.Loss = graph.MAE{}
	tr.Model = graph.Dense{Units: 1, Init: initializer.Constant{Value: 3}}
	if _, err := tr.Fit(background, line(), val); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The line's weight is right from the start, so all losses are 0.
func TestPlainLines(t *testing.T) {
	for _, c := range []struct {
		progress *Progress
		val      *data.Dataset
		want     string
	}{
		{&Progress{}, nil, "epoch 1/3  loss 0.0000  2.1s\nepoch 2/3  loss 0.0000  2.1s\nepoch 3/3  loss 0.0000  2.1s\n"},
		{&Progress{Label: "net", Quiet: true}, line(), "net  epoch 3/3  loss 0.0000  val loss 0.0000  2.1s\n"},
		{&Progress{Plain: true, Quiet: true, terminal: func(io.Writer) bool { return true }}, nil, "epoch 3/3  loss 0.0000  2.1s\n"},
	} {
		if got := progressOf(t, c.progress, c.val); got != c.want {
			t.Errorf("wrote\n%swant\n%s", got, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		run  Run
		want string
	}{
		{Run{Epoch: 2, Epochs: 10, Train: Scores{Loss: 0.512, Accuracy: 0.812}, Val: Scores{Loss: 0.55, Accuracy: 0.801}, HasVal: true},
			"epoch 3/10  loss 0.5120  acc 81.2%  val loss 0.5500  val acc 80.1%"},
		{Run{Epochs: 1, Train: Scores{Loss: 1, Accuracy: 0.5, Parts: map[string]Scores{"size": {Loss: 0.5, Accuracy: nan}, "class": {Loss: 0.75, Accuracy: 0.5}}}},
			"epoch 1/1  loss 1.0000  acc 50.0%  class loss 0.7500  size loss 0.5000"},
		{Run{Epochs: 1, Train: Scores{Loss: 1, Accuracy: nan, Parts: map[string]Scores{"a": {Loss: 0.25, Accuracy: 1}, "b": {Loss: 0.75, Accuracy: 0.5}}}},
			"epoch 1/1  loss 1.0000  a loss 0.2500  a acc 100.0%  b loss 0.7500  b acc 50.0%"},
		{Run{Epochs: 1, HasVal: true, Train: Scores{Loss: 1, Accuracy: nan}, Val: Scores{Loss: 2, Accuracy: nan, Metrics: map[string]float64{"macro F1": 0.25, "R2": nan}}},
			"epoch 1/1  loss 1.0000  val loss 2.0000  val R2 NaN  val macro F1 0.2500"},
		{Run{Epochs: 1, Train: Scores{Loss: 2.5e-7, Accuracy: nan}, Val: Scores{Loss: nan, Accuracy: nan}}, "epoch 1/1  loss 2.500e-07"},
		{Run{Epochs: 1, Train: Scores{Loss: 1.25e20, Accuracy: nan}, Val: Scores{Loss: nan, Accuracy: nan}, HasVal: true}, "epoch 1/1  loss 1.250e+20  val loss NaN"},
		{Run{Epochs: 1, Train: Scores{Loss: math.Inf(1), Accuracy: 0}}, "epoch 1/1  loss +Inf  acc 0.0%"},
	} {
		if got := (&Progress{}).describe(&c.run); got != c.want {
			t.Errorf("line is %q; want %q", got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		40 * time.Millisecond: "0.0s", 2149 * time.Millisecond: "2.1s", 65400 * time.Millisecond: "1m5s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%d ns is %q; want %q", d, got, want)
		}
	}
}

// screen shows what is left of an output on a terminal, where a carriage return goes back to the start of the line.
func screen(output string) []string {
	var lines []string
	for _, line := range strings.Split(output, "\n") {
		var cells []rune
		column := 0
		for _, r := range line {
			if r == '\r' {
				column = 0
				continue
			}
			if column == len(cells) {
				cells = append(cells, ' ')
			}
			cells[column] = r
			column++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return lines
}

func TestBar(t *testing.T) {
	p := &Progress{Label: "net", terminal: func(io.Writer) bool { return true }}
	out := progressOf(t, p, nil)
	if !strings.Contains(out, "net  building   0% |") || !strings.Contains(out, "[0s:") {
		t.Errorf("there is no bar with a time in %q", out)
	}
	want := "net  epoch 1/3  loss 0.0000  2.1s\nnet  epoch 2/3  loss 0.0000  2.1s\nnet  epoch 3/3  loss 0.0000  2.1s\n"
	if got := strings.Join(screen(out), "\n"); got != want {
		t.Errorf("at the end the terminal shows\n%s\nwant\n%s", got, want)
	}
}

// A run that is interrupted leaves a clean line for the shell.
func TestBarOfCancelledRun(t *testing.T) {
	var out strings.Builder
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	tr := linear()
	tr.BatchSize = 1
	tr.Callbacks = []Callback{
		&Progress{Out: &out, terminal: func(io.Writer) bool { return true }},
		&hooks{afterStep: func(*Run) error { cancel(); return nil }},
	}
	if _, err := tr.Fit(ctx, line(), nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	if got := strings.Join(screen(out.String()), "\n"); got != "" {
		t.Errorf("the terminal still shows %q", got)
	}
}

func TestFilesAreNoTerminals(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTerminal(f) || isTerminal(&strings.Builder{}) {
		t.Error("a file or a buffer is taken for a terminal")
	}
}

// The bar of a run that goes on begins where the run does.
func TestProgressOfAResumedRun(t *testing.T) {
	p := &Progress{Out: io.Discard, terminal: func(io.Writer) bool { return true }}
	if err := p.Begin(&Run{Step: 50, First: 50, Steps: 100}); err != nil {
		t.Fatal(err)
	}
	if got := p.bar.State().CurrentNum; got != 50 {
		t.Errorf("the bar begins at step %d, want 50", got)
	}
}
