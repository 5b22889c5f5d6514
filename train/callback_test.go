package train

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// hooks is a callback made of functions, each of which may be nil.
type hooks struct {
	begin, beforeStep, beforeUpdate, afterStep, afterEpoch, end func(*Run) error
	compiled                                                    func(*Run, *graph.Program) error
}

func (h *hooks) Begin(r *Run) error        { return do(h.begin, r) }
func (h *hooks) BeforeStep(r *Run) error   { return do(h.beforeStep, r) }
func (h *hooks) BeforeUpdate(r *Run) error { return do(h.beforeUpdate, r) }
func (h *hooks) AfterStep(r *Run) error    { return do(h.afterStep, r) }
func (h *hooks) AfterEpoch(r *Run) error   { return do(h.afterEpoch, r) }
func (h *hooks) End(r *Run) error          { return do(h.end, r) }
func (h *hooks) Compiled(r *Run, p *graph.Program) error {
	if h.compiled == nil {
		return nil
	}
	return h.compiled(r, p)
}

func do(f func(*Run) error, r *Run) error {
	if f == nil {
		return nil
	}
	return f(r)
}

// diary is a callback that writes down what it is told, and fails or stops where it is asked to.
type diary struct {
	name  string
	pages *[]string
	fail  map[string]error // by event, as "BeforeStep 2"
}

func (d *diary) write(event string, r *Run) error {
	if event != "Begin" && event != "End" && !strings.HasPrefix(event, "Compiled") {
		event = fmt.Sprintf("%s %d", event, r.Step)
	}
	*d.pages = append(*d.pages, d.name+" "+event)
	return d.fail[event]
}

func (d *diary) Begin(r *Run) error        { return d.write("Begin", r) }
func (d *diary) BeforeStep(r *Run) error   { return d.write("BeforeStep", r) }
func (d *diary) BeforeUpdate(r *Run) error { return d.write("BeforeUpdate", r) }
func (d *diary) AfterStep(r *Run) error    { return d.write("AfterStep", r) }
func (d *diary) AfterEpoch(r *Run) error   { return d.write("AfterEpoch", r) }
func (d *diary) End(r *Run) error          { return d.write("End", r) }
func (d *diary) Compiled(r *Run, p *graph.Program) error {
	return d.write(fmt.Sprintf("Compiled %d", p.Input.Shape()[0]), r)
}

// told fits with two diaries and returns their lines. The first fails as asked.
func told(t *testing.T, fail map[string]error) ([]string, error) {
	t.Helper()
	var pages []string
	tr := linear()
	tr.BatchSize, tr.Epochs = 3, 2
	tr.Callbacks = []Callback{&diary{"a", &pages, fail}, &diary{"b", &pages, nil}}
	_, err := tr.Fit(background, line(), line())
	return pages, err
}

func TestOrderOfCallbacks(t *testing.T) {
	got, err := told(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, event := range []string{
		"Begin", "Compiled 3", "Compiled 2",
		"BeforeStep 0", "BeforeUpdate 0", "AfterStep 0",
		"BeforeStep 1", "BeforeUpdate 1", "AfterStep 1",
		"AfterEpoch 2",
		"BeforeStep 2", "BeforeUpdate 2", "AfterStep 2",
		"BeforeStep 3", "BeforeUpdate 3", "AfterStep 3",
		"AfterEpoch 4",
		"End",
	} {
		want = append(want, "a "+event, "b "+event)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("callbacks were told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each hook in turn stops the run in good order: the other callback is still told of the same event, then of the end.
func TestErrStop(t *testing.T) {
	for _, event := range []string{"Begin", "Compiled 3", "BeforeStep 1", "BeforeUpdate 1", "AfterStep 1", "AfterEpoch 2", "End"} {
		got, err := told(t, map[string]error{event: fmt.Errorf("enough: %w", ErrStop)})
		if err != nil {
			t.Errorf("%s: stopping gave the error %v", event, err)
		}
		want := []string{"a " + event, "b " + event}
		if event != "End" {
			want = append(want, "a End", "b End")
		}
		if tail := got[len(got)-len(want):]; !reflect.DeepEqual(tail, want) {
			t.Errorf("%s: the last events are %v; want %v", event, tail, want)
		}
	}
}

// Each hook in turn fails: its error comes out with the hook's name, and every callback that was begun is ended once.
func TestErrorsOfCallbacks(t *testing.T) {
	broken := errors.New("broken")
	for _, event := range []string{"Compiled 3", "BeforeStep 1", "BeforeUpdate 1", "AfterStep 1", "AfterEpoch 2"} {
		got, err := told(t, map[string]error{event: broken})
		if !errors.Is(err, broken) {
			t.Errorf("%s: error is %v; want the callback's", event, err)
		}
		wantError(t, err, strings.Fields(event)[0]+" of callback *train.diary")
		want := []string{"a " + event, "a End", "b End"}
		if tail := got[len(got)-len(want):]; !reflect.DeepEqual(tail, want) {
			t.Errorf("%s: the last events are %v; want %v", event, tail, want)
		}
	}
}

// A panic is an error like any other: it names its callback, and all that were begun are ended.
func TestPanicsOfCallbacks(t *testing.T) {
	spill := func(*Run) error { panic("spilt") }
	for hook, c := range map[string]*hooks{
		"Begin": {begin: spill}, "BeforeStep": {beforeStep: spill}, "BeforeUpdate": {beforeUpdate: spill},
		"AfterStep": {afterStep: spill}, "AfterEpoch": {afterEpoch: spill}, "End": {end: spill},
		"Compiled": {compiled: func(*Run, *graph.Program) error { panic("spilt") }},
	} {
		ends := 0
		tr := linear()
		tr.Callbacks = []Callback{&hooks{end: func(*Run) error { ends++; return nil }}, c}
		_, err := tr.Fit(background, line(), nil)
		wantError(t, err, "train: "+hook+" of callback *train.hooks", "panic: spilt")
		if ends != 1 {
			t.Errorf("%s: the other callback was ended %d times, want once", hook, ends)
		}
	}
}

func TestErrorOfBegin(t *testing.T) {
	broken := errors.New("broken")
	got, err := told(t, map[string]error{"Begin": broken})
	wantError(t, err, "Begin of callback *train.diary", "broken")
	if want := []string{"a Begin", "a End"}; !reflect.DeepEqual(got, want) {
		t.Errorf("callbacks were told %v; want %v", got, want)
	}
}

func TestErrorOfEnd(t *testing.T) {
	full, broken := errors.New("disk full"), errors.New("broken")
	got, err := told(t, map[string]error{"AfterStep 1": broken, "End": full})
	if !errors.Is(err, full) || !errors.Is(err, broken) {
		t.Errorf("error is %v; want the step's error and the end's", err)
	}
	if last := got[len(got)-1]; last != "b End" {
		t.Errorf("the last event is %q; want b to be ended too", last)
	}
}

// What a callback sees at each point of the first step: w moves from 1 to 0.8 between BeforeUpdate and AfterStep.
func TestRunSeenByCallbacks(t *testing.T) {
	weight := func(r *Run) float64 { return r.Params.Get("dense1/weight").Value.Float64s()[0] }
	var seen []string
	note := func(event string) func(*Run) error {
		return func(r *Run) error {
			seen = append(seen, fmt.Sprintf("%s: w %.1f, batch loss %.1f, %d losses, %d epochs, train loss %.1f",
				event, weight(r), r.BatchLoss, len(r.History.Losses), len(r.History.Epochs), r.Train.Loss))
			return nil
		}
	}
	tr := linear()
	tr.Callbacks = []Callback{&hooks{
		begin: func(r *Run) error {
			if r.Params != tr.Params || r.Program != nil || r.Epochs != 1 || r.Steps != 1 || r.HasVal {
				t.Errorf("the run begins as %+v", r)
			}
			return nil
		},
		beforeStep: note("BeforeStep"), beforeUpdate: note("BeforeUpdate"), afterStep: note("AfterStep"), afterEpoch: note("AfterEpoch"),
	}}
	ds := line()
	ds.X, ds.Y = f64(1, 1, 2), f64(1, 1, 1)
	if _, err := tr.Fit(background, ds, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"BeforeStep: w 1.0, batch loss 0.0, 0 losses, 0 epochs, train loss 0.0",
		"BeforeUpdate: w 1.0, batch loss 0.5, 1 losses, 0 epochs, train loss 0.0",
		"AfterStep: w 0.8, batch loss 0.5, 1 losses, 0 epochs, train loss 0.0",
		"AfterEpoch: w 0.8, batch loss 0.5, 1 losses, 1 epochs, train loss 0.5",
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("callbacks saw\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

// spilling panics wherever a trainer calls it.
type spilling struct {
	graph.MSE
	optim.Optimizer
	metric.MAE
	value bool // only at the end
}

func (spilling) Validate() error                                     { return nil }
func (spilling) String() string                                      { return "spilling" }
func (spilling) Step([]*graph.Param, []*tensor.Dense, float64) error { panic("spilt") }
func (spilling) CheckTarget(tensor.Shape, *tensor.Dense) error       { panic("spilt") }
func (spilling) At(int, int) float64                                 { return 1 }
func (spilling) Observe(float64)                                     { panic("spilt") }
func (s spilling) New() metric.Accumulator                           { return s }
func (s spilling) Value() float64                                    { panic("spilt") }
func (s spilling) Add(_, _ *tensor.Dense) error {
	if s.value {
		return nil
	}
	panic("spilt")
}

// So is a panic of a schedule, an optimiser, a metric or a loss of the user's own.
func TestPanicsOfOthers(t *testing.T) {
	for want, change := range map[string]func(*Trainer){
		"train: schedule schedule.Func, step 0":        func(tr *Trainer) { tr.Schedule = schedule.Func(func(int, int) float64 { panic("spilt") }) },
		"train: schedule train.spilling after epoch 0": func(tr *Trainer) { tr.Schedule = spilling{} },
		"train: step 0: panic":                         func(tr *Trainer) { tr.Optimizer = spilling{Optimizer: &optim.SGD{LearningRate: 0.1}} },
		"train: metric MAE: panic":                     func(tr *Trainer) { tr.Metrics = []metric.Metric{spilling{}} },
		"train: metric MAE: panic: spilt":              func(tr *Trainer) { tr.Metrics = []metric.Metric{spilling{value: true}} },
		"train: the training set: panic":               func(tr *Trainer) { tr.Loss = spilling{} },
	} {
		tr, ended := linear(), 0
		tr.Callbacks = []Callback{&hooks{end: func(*Run) error { ended++; return nil }}}
		change(tr)
		_, err := tr.Fit(background, line(), line())
		wantError(t, err, want, "panic: spilt")
		if ended != 1 {
			t.Errorf("%s: got %d calls of End, want 1", want, ended)
		}
	}
}
