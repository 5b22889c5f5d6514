package train

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// A roots is a layer that takes the square root of x, which is NaN below 0.
type roots struct{}

func (roots) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sqrt(x))
}

// The first bad node is named and the batch is written. The checkpoint is that of the step before.
func TestStopOnNaN(t *testing.T) {
	train, val := sets(t)
	x := train.X.Float32s()
	for i := range x {
		x[i] = float32(math.Abs(float64(x[i]))) + 0.1
	}
	x[2*40] = -1 // sample 40 is in batch 2
	folder := t.TempDir()
	stop := &StopOnNaN{Folder: filepath.Join(folder, "nan")}
	tr := resumable()["plain"]
	tr.Model = graph.Sequential{graph.Dropout{P: 0.001}, roots{}, graph.Dense{Units: 2}}
	tr.NoShuffle, tr.Callbacks = true, []Callback{stop}
	tr.Checkpoints = &checkpoint.Folder{Path: filepath.Join(folder, "checkpoints"), Steps: 1}
	_, err := tr.Fit(background, train, val)
	if !errors.Is(err, ErrNonFinite) {
		t.Fatalf("got error %v, want %v", err, ErrNonFinite)
	}
	wantError(t, err, "step 2", "sqrt", "loss NaN", stop.File)
	if !strings.Contains(stop.Node, "sqrt") {
		t.Errorf("the first bad node is %q", stop.Node)
	}
	f, err := safetensors.Open(stop.File)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Metadata["step"] != "2" || f.Metadata["loss"] != "NaN" || f.Metadata["node"] != stop.Node {
		t.Errorf("metadata %v", f.Metadata)
	}
	batch, err := f.Tensor("input")
	if err != nil || !reflect.DeepEqual(batch.Float32s(), x[2*32:2*48]) {
		t.Errorf("the batch is %v, %v", batch, err)
	}
	if _, err := f.Tensor("target"); err != nil {
		t.Error(err)
	}
	if numbers, err := f.Tensor("sample_numbers"); err != nil || fmt.Sprint(numbers.Data()) != "[32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47]" {
		t.Errorf("the samples are %v, %v, want 32 to 47", numbers, err)
	}
	if c, _, err := checkpoint.Newest(tr.Checkpoints.Path); err != nil || c.Step != 2 {
		t.Errorf("the newest checkpoint: %+v, %v, want step 2", c, err)
	}
}

// With several batches in a step it is the bad one that is written, and named.
func TestStopOnNaNInAnEarlyBatch(t *testing.T) {
	train, val := sets(t)
	x := train.X.Float32s()
	for i := range x {
		x[i] = float32(math.Abs(float64(x[i]))) + 0.1
	}
	x[2*36] = -1 // in batch 4 of 8, the second of three in step 1
	stop := &StopOnNaN{Folder: t.TempDir()}
	tr := resumable()["accumulate"]
	tr.Model = graph.Sequential{graph.Dropout{P: 0.001}, roots{}, graph.Dense{Units: 2}}
	tr.NoShuffle, tr.Callbacks = true, []Callback{stop}
	_, err := tr.Fit(background, train, val)
	wantError(t, err, "step 1", "sqrt", "loss NaN", "nan-step-0000000001")
	f, err := safetensors.Open(stop.File)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if batch, err := f.Tensor("input"); err != nil || !reflect.DeepEqual(batch.Float32s(), x[2*32:2*40]) {
		t.Errorf("the batch is %v, %v, want the samples 32 to 39", batch, err)
	}
	if numbers, err := f.Tensor("sample_numbers"); err != nil || numbers.Ints()[0] != 32 {
		t.Errorf("the samples are %v, %v, want 32 to 39", numbers, err)
	}
}

// A gradient that is infinite stops the run too, and a parameter that is not finite is named.
func TestStopOnBadGradientsAndParameters(t *testing.T) {
	train, val := sets(t)
	for want, set := range map[string]func(*Run){
		"none when the batch is computed once more": func(r *Run) { gradientOf(r.Program.Weights[0]).Float32s()[0] = float32(math.Inf(1)) },
		"parameter dense1/weight":                   func(r *Run) { r.Params.Get("dense1/weight").Value.Float32s()[0] = float32(math.NaN()) },
	} {
		tr := resumable()["plain"]
		event := func(r *Run) error {
			if r.Step == 1 {
				set(r)
			}
			return nil
		}
		poison := &hooks{beforeUpdate: event}
		if strings.HasPrefix(want, "parameter") {
			poison = &hooks{beforeStep: event}
		}
		tr.Callbacks = []Callback{poison, &StopOnNaN{}}
		_, err := tr.Fit(background, train, val)
		wantError(t, err, "step 1", want)
	}
}

// A healthy run is the same with and without, and writes nothing.
func TestStopOnNaNChangesNothing(t *testing.T) {
	train, val := sets(t)
	plain, watched := resumable()["plain"], resumable()["plain"]
	folder := filepath.Join(t.TempDir(), "nan")
	watched.Callbacks = []Callback{&StopOnNaN{Folder: folder}}
	for _, tr := range []*Trainer{plain, watched} {
		if _, err := tr.Fit(background, train, val); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, "watched", watched.Params, plain.Params)
	if _, err := os.Stat(folder); err == nil {
		t.Error("something was written")
	}
}

// The samples of a step are those of its batch.
func TestSamplesOfAStep(t *testing.T) {
	train, _ := sets(t)
	seen := make([]int, train.Len())
	tr := resumable()["ragged"]
	tr.Epochs, tr.Augment = 2, nil
	tr.Callbacks = []Callback{&stepper{then: func(r *Run) {
		x := r.Program.InputValue().Float32s()
		for row, number := range r.Samples() {
			seen[number]++
			if x[2*row] != train.X.Float32s()[2*number] {
				t.Errorf("step %d, row %d: sample %d is another one", r.Step, row, number)
			}
		}
	}}}
	if _, err := tr.Fit(background, train, nil); err != nil {
		t.Fatal(err)
	}
	for number, n := range seen {
		if n != 2 {
			t.Errorf("sample %d was seen %d times in 2 epochs", number, n)
		}
	}
	if (&Run{}).Samples() != nil {
		t.Error("a Run of no Fit has samples")
	}
}
