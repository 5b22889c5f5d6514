package vanishing

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// drawTanh draws the network of the tests with tanh.
func drawTanh(t *testing.T) *drawing {
	t.Helper()
	set, params := drawnSet(t), graph.NewParams(tensor.Float64, 2)
	model := mlp.Model{Input: drawnInput, Depth: drawnDepth, Width: drawnWidth, Output: drawnOutput, Activation: graph.Tanh, Init: initializer.Normal{Std: 0.6}}
	if _, err := graph.Build(graph.Config{Model: model, Params: params, Input: set.X.Shape(), Loss: graph.MSE{Sum: true}}); err != nil {
		t.Fatal(err)
	}
	return draw(t, params, set, gorgonia.Tanh, false)
}

// watched returns the profile of one run of the network on our machine.
func watched(t *testing.T) Profile {
	t.Helper()
	d := drawTanh(t)
	watcher, err := Watch(d.loss, d.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	if err := watcher.Machine().RunAll(); err != nil {
		t.Fatal(err)
	}
	return watcher.Profile()
}

// A TapeMachine that keeps all values gives the same profile as our machine; one that does not gives its part about parameters. The
// tolerance is that of TestWatcherSeesWhatARecorderSees, without training.
func TestRead(t *testing.T) {
	want := watched(t)
	for _, bind := range []bool{false, true} {
		d := drawTanh(t)
		options := []gorgonia.VMOpt{gorgonia.TraceExec()}
		if bind {
			options = append(options, gorgonia.BindDualValues(d.learnables...))
		}
		vm := gorgonia.NewTapeMachine(d.g, options...)
		defer vm.Close()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTraced(d.loss, d.learnables...)
		if err != nil {
			t.Fatal(err)
		}
		compareProfiles(t, got, want, 1e-12)
		if v := Diagnose(got).Verdict; v != Diagnose(want).Verdict {
			t.Errorf("verdict %v, want %v", v, Diagnose(want).Verdict)
		}
	}
	d := drawTanh(t)
	vm := gorgonia.NewTapeMachine(d.g, gorgonia.BindDualValues(d.learnables...))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(d.loss, d.learnables...)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Layers) != 0 || len(got.Params) != len(want.Params) || Diagnose(got).Verdict != Undetermined {
		t.Errorf("got %d layers, %d parameters and %v, want no layers and undetermined", len(got.Layers), len(got.Params), Diagnose(got).Verdict)
	}
	for i, p := range want.Records[0].Params {
		within(t, want.Params[i].Name, got.Records[0].Params[i].GradL2, p.GradL2, 1e-12)
		within(t, want.Params[i].Name, got.Records[0].Details.Params[i].NormL2, want.Records[0].Details.Params[i].NormL2, 1e-12)
	}
}

// Read ignores layers because TapeMachine leaves the values of other nodes in them without TraceExec: here a hidden tanh activation
// is larger than 1. With TraceExec the values are correct.
func TestTapeMachineOverwritesWhatIsWithin(t *testing.T) {
	largest := func(options ...gorgonia.VMOpt) (most float64) {
		d := drawTanh(t)
		vm := gorgonia.NewTapeMachine(d.g, options...)
		defer vm.Close()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		for _, h := range d.hidden {
			for _, v := range h.Value().(*tensor.Dense).Float64s() {
				most = max(most, math.Abs(v))
			}
		}
		return most
	}
	if most := largest(gorgonia.TraceExec()); most > 1 {
		t.Errorf("with TraceExec: largest |tanh|: got %g, want at most 1", most)
	}
	if most := largest(); most <= 1 {
		t.Errorf("largest |tanh|: got %g, want more than 1 (if TapeMachine now keeps these values, let Read read layers)", most)
	}
}

func TestReadBeforeTheRun(t *testing.T) {
	d := drawTanh(t)
	for _, read := range []func(*gorgonia.Node, ...*gorgonia.Node) (Profile, error){Read, ReadTraced} {
		if _, err := read(d.loss, d.learnables...); err == nil || !strings.Contains(err.Error(), "run the graph first") {
			t.Errorf("got error %v, want one that says to run the graph", err)
		}
		if _, err := read(nil); err == nil {
			t.Error("no error without a loss")
		}
	}
}
