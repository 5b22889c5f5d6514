package vanishing

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// A watcher does not affect the training: the losses equal those without it, bit by bit, for any solver, with and without named
// learnables.
func TestWatcherChangesNothing(t *testing.T) {
	for name, newSolver := range map[string]func() gorgonia.Solver{
		"vanilla": func() gorgonia.Solver { return gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.01)) },
		"adam":    func() gorgonia.Solver { return gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01)) },
		"rmsprop": func() gorgonia.Solver { return gorgonia.NewRMSPropSolver(gorgonia.WithLearnRate(0.01)) },
	} {
		plain, watched := drawTanh(t), drawTanh(t)
		want := plain.train(t, machine.New(plain.g), newSolver(), 30)
		watcher, err := Watch(watched.loss)
		if err != nil {
			t.Fatal(err)
		}
		got := watched.train(t, watcher.Machine(), newSolver(), 30)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: loss %v in step %d, want %v", name, got[i], i, want[i])
			}
		}
		profile := watcher.Profile()
		if err := profile.Validate(); err != nil || len(profile.Records) != 30 || profile.Sampling.Steps != 30 {
			t.Errorf("%s: got %d records of %d steps, want 30 of 30: %v", name, len(profile.Records), profile.Sampling.Steps, err)
		}
		for _, r := range profile.Records {
			if r.Details != nil && !(r.Details.Updates[0].Ratio > 0) || r.Batch != drawnSamples || r.Clip != 0 {
				t.Errorf("%s, step %d: got %+v, %d samples, clip %g, want updates and no clip", name, r.Step, r.Details, r.Batch, r.Clip)
			}
		}
	}
}

// The update of a step is measured when the next step begins or the profile is requested. It is compared with that of gradient
// descent.
func TestWatcherMeasuresUpdates(t *testing.T) {
	d := drawTanh(t)
	watcher, err := (&Recorder{Name: "drawn", Details: Every(1)}).Watch(d.loss, d.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	d.train(t, watcher.Machine(), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.01)), 3)
	profile := watcher.Profile()
	if profile.Name != "drawn" {
		t.Errorf("name of the profile: got %q, want %q", profile.Name, "drawn")
	}
	for _, r := range profile.Records {
		for i, p := range r.Params {
			within(t, profile.Params[i].Name, r.Details.Updates[i].L2, 0.01*p.GradL2, 1e-12)
		}
		if r.Details.Clipped != nil {
			t.Errorf("gradients after clipping: got %+v, want none", r.Details.Clipped)
		}
	}
	// A run without an update records no updates.
	if err := watcher.Machine().RunAll(); err != nil {
		t.Fatal(err)
	}
	profile = watcher.Profile()
	if last := profile.Records[3]; last.Step != 3 || last.Details.Updates != nil {
		t.Errorf("step %d, updates %+v, want 3 and none", last.Step, last.Details.Updates)
	}
	// Binding a new value counts as an update.
	if err := watcher.Machine().RunAll(); err != nil {
		t.Fatal(err)
	}
	old := d.learnables[0].Value().(*tensor.Dense)
	double := old.Clone().(*tensor.Dense)
	for i := range double.Float64s() {
		double.Float64s()[i] *= 2
	}
	if err := gorgonia.Let(d.learnables[0], double); err != nil {
		t.Fatal(err)
	}
	profile = watcher.Profile()
	within(t, "ratio of the update to twice the value", profile.Records[4].Details.Updates[0].Ratio, 1.0, 1e-12)
	if err := watcher.Machine().RunAll(); err != nil {
		t.Fatal(err)
	}
	within(t, "norm of twice the value", watcher.Profile().Records[5].Details.Params[0].NormL2, valueL2(double), 1e-12)
}

// A recorder selects the steps and layers to record.
func TestWatcherSamples(t *testing.T) {
	d := drawTanh(t)
	watcher, err := (&Recorder{Steps: Every(4), Layers: "dense[23]"}).Watch(d.loss, d.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	d.train(t, watcher.Machine(), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.01)), 10)
	if err := watcher.Close(); err != nil {
		t.Fatal(err)
	}
	profile := watcher.Profile()
	if len(profile.Records) != 3 || profile.Records[2].Step != 8 || len(profile.Layers) != 2 || len(profile.Params) != 4 {
		t.Errorf("got %d records, %d layers, %d parameters, want 3, 2 and 4", len(profile.Records), len(profile.Layers), len(profile.Params))
	}
	if err := watcher.Machine().RunAll(); err == nil {
		t.Error("the run of a closed watcher gives no error")
	}
}

// A run of the watcher's machine between steps does not affect a program that trains on a TapeMachine.
func TestWatcherBesideATapeMachine(t *testing.T) {
	newSolver := func() gorgonia.Solver { return gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01)) }
	plain, watched := drawTanh(t), drawTanh(t)
	want := plain.train(t, gorgonia.NewTapeMachine(plain.g, gorgonia.BindDualValues(plain.learnables...)), newSolver(), 12)
	watcher, err := Watch(watched.loss, watched.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	tape, solver := gorgonia.NewTapeMachine(watched.g, gorgonia.BindDualValues(watched.learnables...)), newSolver()
	for range 4 {
		if err := watcher.Machine().RunAll(); err != nil {
			t.Fatal(err)
		}
		got = append(got, watched.train(t, tape, solver, 3)...)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("loss %v in step %d, want %v", got[i], i, want[i])
		}
	}
	for i, r := range watcher.Profile().Records {
		within(t, "loss", r.Loss, want[3*i], 1e-12)
	}
}

func TestWhatCannotBeWatched(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	slope := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("slope"), gorgonia.WithValue(2.0))
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Mul(x, slope))))
	if _, err := Watch(loss, slope); err == nil || !strings.Contains(err.Error(), "gorgonia.Grad") {
		t.Errorf("got error %v, want one that names gorgonia.Grad", err)
	}
	if _, err := gorgonia.Grad(loss, slope); err != nil {
		t.Fatal(err)
	}
	if _, err := Watch(loss, slope); err == nil || !strings.Contains(err.Error(), "no layer") {
		t.Errorf("got error %v, want one that says no layer", err)
	}
	d := drawTanh(t)
	if _, err := (&Recorder{MaxRecords: -1}).Watch(d.loss); err == nil {
		t.Error("no error for MaxRecords -1")
	}
	if _, err := (&Recorder{Layers: "nothing"}).Watch(d.loss); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got error %v, want one about the pattern", err)
	}
	watcher, err := Watch(d.loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := gorgonia.Let(d.g.ByName("x")[0], tensor.New(tensor.WithShape(1, 7), tensor.Of(tensor.Float64))); err == nil {
		if err := watcher.Machine().RunAll(); err == nil || !strings.Contains(err.Error(), "shape") {
			t.Errorf("got error %v, want one about the shape", err)
		}
	}
}

// The watcher allocates nothing in steps that are not recorded.
func TestWatcherAllocatesNothingBetween(t *testing.T) {
	d := drawTanh(t)
	watcher, err := (&Recorder{Steps: Every(1000)}).Watch(d.loss)
	if err != nil {
		t.Fatal(err)
	}
	vm := watcher.Machine()
	run := func() {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("allocations in a run: got %g, want 0", n)
	}
}

// The machine takes the options that the program gives to NewTapeMachine: gradients add up with BindDualValues, and a program that
// was compiled by itself makes no difference. An option that it cannot take is named by every run.
func TestWatcherTakesOptions(t *testing.T) {
	d := drawTanh(t)
	program, registers, err := gorgonia.Compile(d.g)
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := Watch(d.loss, d.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	d.train(t, watcher.Machine(gorgonia.BindDualValues(d.learnables...), gorgonia.WithPrecompiled(program, registers)), noSolver{}, 3)
	sum, err := d.learnables[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	once := d.learnables[0].Deriv().Value().Data().([]float64)[0]
	within(t, "gradient after three runs", sum.Data().([]float64)[0], 3*once, 1e-12)
	if err := watcher.Machine(gorgonia.ExecuteFwdOnly()).RunAll(); err == nil || !strings.Contains(err.Error(), "ExecuteFwdOnly") {
		t.Errorf("got error %v, want one that names ExecuteFwdOnly", err)
	}
}

// noSolver leaves the parameters as they are.
type noSolver struct{}

func (noSolver) Step([]gorgonia.ValueGrad) error { return nil }
