package spike

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
)

// A Detector is a callback that finds spikes: steps whose loss, or whose update of a weight, is more than three times the largest of some fifty
// steps before, or is not finite. Updates often move before the loss does: with Adam they grow as soon as gradients point the same way
// for some steps, while the average of their squares is still that of earlier ones (Molybog et al. 2023).
//
// An optimiser that is an [optim.Measurer] measures the updates while it makes them. With another one each step costs a copy of the
// parameters and a comparison with it.
type Detector struct {
	train.Base
	// Quiet is the number of steps after a spike in which no other is reported; 0 means 50.
	Quiet int
	// Checkpoints is the folder of the run's checkpoints, and Keep one to which a spike copies one of them, from at least Before steps
	// before it if there is one; 0 means 20. Both empty means that nothing is kept.
	Checkpoints, Keep string
	Before            int
	// OnSpike is told of each spike; an error ends the run, and train.ErrStop ends it in good order. nil means that the run goes on.
	OnSpike func(Event) error

	Events []Event // so far

	loss    usual
	updates map[string]*usual // by parameter
	before  map[string]*tensor.Dense
	last    int  // step of the last spike
	broken  bool // the last step was not finite
}

// An Event is one spike.
type Event struct {
	Step     int               `json:"step"`
	Epoch    int               `json:"epoch"`
	Quantity Quantity          `json:"quantity"`        // what jumped
	Param    string            `json:"param,omitempty"` // whose update jumped; empty for the loss
	Value    checkpoint.Number `json:"value"`           // loss, or update ratio: size of the update over that of the parameter
	Usual    checkpoint.Number `json:"usual"`           // median of the steps before
	Kept     string            `json:"kept,omitempty"`  // the file of the checkpoint that was kept
	Lost     string            `json:"lost,omitempty"`  // why none could be kept
}

// String is the event in a line, as "step 120: the loss is 3.2, usually 0.41".
func (e Event) String() string { return e.In(lang.English) }

// In is the event in a language.
func (e Event) In(say lang.Language) string {
	what := say.Text(described[Loss])
	if e.Quantity == Update {
		what = say.Sprintf("the update ratio of %s", e.Param)
	}
	return say.Sprintf("step %d: %s is %.3g, usually %.3g", e.Step, what, float64(e.Value), float64(e.Usual))
}

var (
	_ train.Callback      = (*Detector)(nil)
	_ checkpoint.Stateful = (*Detector)(nil)
)

// Begin forgets an earlier run.
func (d *Detector) Begin(*train.Run) error {
	if d.Quiet < 0 || d.Before < 0 {
		return errors.Errorf("spike: Detector: got Quiet %d and Before %d, want positive numbers, or 0 for the default", d.Quiet, d.Before)
	}
	if (d.Checkpoints == "") != (d.Keep == "") {
		return errors.New("spike: Detector: got one of Checkpoints and Keep, want both or neither")
	}
	d.Events, d.loss, d.last, d.broken = nil, usual{}, math.MinInt/2, false
	d.updates, d.before = make(map[string]*usual), make(map[string]*tensor.Dense)
	return nil
}

// BeforeUpdate lets the optimiser measure, or copies the weights.
func (d *Detector) BeforeUpdate(r *train.Run) error {
	if m, ok := r.Optimizer.(optim.Measurer); ok {
		m.Measure(optim.MeasureAll)
		return nil
	}
	for _, b := range r.Program.Weights {
		if !watched(b) {
			continue
		}
		if d.before[b.Name] == nil {
			d.before[b.Name] = b.Value.Clone().(*tensor.Dense)
		} else if err := tensor.Copy(d.before[b.Name], b.Value); err != nil {
			return errors.Wrapf(err, "spike: copy of %s", b.Name)
		}
	}
	return nil
}

// ratios gives the update ratio of each of the program's parameters.
func (d *Detector) ratios(r *train.Run) func(i int) float64 {
	m, ok := r.Optimizer.(optim.Measurer)
	if !ok {
		return func(i int) float64 {
			b := r.Program.Weights[i]
			return distance(b.Value, d.before[b.Name])
		}
	}
	sums := m.Sums()
	m.Measure(optim.MeasureNothing) // until the next step is measured
	return func(i int) float64 { return over(sums[i].Update, sums[i].Param) }
}

// watched reports whether the updates of a parameter are watched. Those of biases and norms, which begin at 0 or 1, say little.
func watched(b *graph.Binding) bool { return b.Role == graph.Weight && b.Grad != nil }

// AfterStep looks for a spike.
func (d *Detector) AfterStep(r *train.Run) error {
	e := d.find(r)
	wasBroken := d.broken
	d.broken = e != nil && math.IsNaN(float64(e.Value-e.Value))
	if e == nil || r.Step < d.last+cmp.Or(d.Quiet, memory) || d.broken && wasBroken {
		return nil
	}
	d.last = r.Step
	e.Step, e.Epoch = r.Step, r.Epoch
	if d.Keep != "" {
		kept, err := keep(d.Checkpoints, d.Keep, r.Step, cmp.Or(d.Before, 20))
		if e.Kept = kept; err != nil {
			e.Lost = err.Error()
		}
	}
	d.Events = append(d.Events, *e)
	if d.OnSpike == nil {
		return nil
	}
	return d.OnSpike(*e)
}

// find compares the step with those before; nil if it is like them. Of several updates it gives the one that grew most.
func (d *Detector) find(r *train.Run) *Event {
	var found *Event
	worst := 0.0
	ratioOf := d.ratios(r)
	for i, b := range r.Program.Weights {
		if !watched(b) {
			continue
		}
		u := d.updates[b.Name]
		if u == nil {
			u = new(usual)
			d.updates[b.Name] = u
		}
		ratio := ratioOf(i)
		if growth := ratio / u.median(); u.jumps(ratio) && !(growth <= worst) {
			found, worst = event(Update, b.Name, ratio, u), growth
		}
		u.add(ratio)
	}
	if d.loss.jumps(r.BatchLoss) {
		found = event(Loss, "", r.BatchLoss, &d.loss)
	}
	d.loss.add(r.BatchLoss)
	return found
}

func event(q Quantity, param string, v float64, u *usual) *Event {
	return &Event{Quantity: q, Param: param, Value: checkpoint.Number(v), Usual: checkpoint.Number(u.median())}
}

// distance is the L2 norm of v - before over that of before.
func distance(v, before *tensor.Dense) float64 {
	var moved, size float64
	if v.Dtype() == tensor.Float32 {
		moved, size = squares(v.Float32s(), before.Float32s())
	} else {
		moved, size = squares(v.Float64s(), before.Float64s())
	}
	return over(moved, size)
}

// over is the quotient of two norms, of which the squares are given; 0 for a parameter of zeros.
func over(moved, size float64) float64 {
	if size == 0 {
		return 0
	}
	return math.Sqrt(moved / size)
}

func squares[T float32 | float64](v, before []T) (moved, size float64) {
	for i, b := range before {
		d := float64(v[i] - b)
		moved += d * d
		size += float64(b) * float64(b)
	}
	return moved, size
}

// savedDetector is the state of a detector.
type savedDetector struct {
	Events  []Event
	Loss    []float64
	Updates map[string][]float64
	Last    int
	Broken  bool
}

// State implements checkpoint.Stateful.
func (d *Detector) State() (checkpoint.State, error) {
	s := savedDetector{Events: d.Events, Loss: append([]float64(nil), d.loss.values...), Updates: make(map[string][]float64), Last: d.last, Broken: d.broken}
	for name, u := range d.updates {
		s.Updates[name] = append([]float64(nil), u.values...)
	}
	return checkpoint.State{Values: s}, nil
}

// SetState implements checkpoint.Stateful.
func (d *Detector) SetState(state checkpoint.State) error {
	var s savedDetector
	if err := state.Decode(&s); err != nil {
		return err
	}
	d.Events, d.loss, d.last, d.broken = s.Events, usual{s.Loss}, s.Last, s.Broken
	for name, values := range s.Updates {
		d.updates[name] = &usual{values}
	}
	return nil
}
