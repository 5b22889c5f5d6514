package optim

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
)

// An optimiser with the state of another goes on as the other does, bit by bit.
func TestStateResumes(t *testing.T) {
	for i, o := range all() {
		params := []*graph.Param{{Name: "a/weight", Value: matrix(1.0, 2, 3, 4)}, {Name: "a/bias", Value: vector[float32](0.5, -0.5)}}
		step := func(o Optimizer, params []*graph.Param) {
			grads := []*tensor.Dense{params[0].Value.Clone().(*tensor.Dense), vector[float32](0.25, 3)}
			if err := o.Step(params, grads, 0.1); err != nil {
				t.Fatal(err)
			}
		}
		step(o, params)
		step(o, params)
		state := o.(Stateful).State()
		resumed := all()[i].(Stateful)
		if err := resumed.SetState(state); err != nil {
			t.Fatal(err)
		}
		if again := resumed.State(); !reflect.DeepEqual(slices.Sorted(maps.Keys(again)), slices.Sorted(maps.Keys(state))) {
			t.Errorf("%v: the state has %v at once, want %v", o, again, state)
		}
		copies := []*graph.Param{
			{Name: "a/weight", Value: params[0].Value.Clone().(*tensor.Dense)}, {Name: "a/bias", Value: params[1].Value.Clone().(*tensor.Dense)},
		}
		for range 3 {
			step(o, params)
			step(resumed, copies)
		}
		for j, p := range params {
			if !reflect.DeepEqual(p.Value.Data(), copies[j].Value.Data()) {
				t.Errorf("%v: %s is %v after the state was set, want %v", o, p.Name, copies[j].Value, p.Value)
			}
		}
		if n := state["a/weight/step"].Data().([]int64)[0]; n != 2 {
			t.Errorf("%v: later steps changed the exported state: %d steps", o, n)
		}
	}
}

// A state goes through a file unchanged.
func TestStateInAFile(t *testing.T) {
	adam := &Adam{}
	p := &graph.Param{Name: "a/weight", Value: vector[float32](1, 2)}
	if err := adam.Step([]*graph.Param{p}, []*tensor.Dense{vector[float32](0.3, -0.7)}, 0.1); err != nil {
		t.Fatal(err)
	}
	var list []safetensors.Named
	for name, value := range adam.State() {
		list = append(list, safetensors.Named{Name: name, Value: value})
	}
	var written bytes.Buffer
	if err := safetensors.Write(&written, nil, list...); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.New(bytes.NewReader(written.Bytes()), int64(written.Len()))
	if err != nil {
		t.Fatal(err)
	}
	state := make(map[string]*tensor.Dense)
	for _, info := range file.Tensors() {
		if state[info.Name], err = file.Tensor(info.Name); err != nil {
			t.Fatal(err)
		}
	}
	again := &Adam{}
	if err := again.SetState(state); err != nil {
		t.Fatal(err)
	}
	for name, want := range adam.State() {
		if got := again.State()[name]; !reflect.DeepEqual(got.Data(), want.Data()) {
			t.Errorf("%s is %v after the file, want %v", name, got, want)
		}
	}
}

func TestStateOfANewOptimizer(t *testing.T) {
	adam := &Adam{}
	if state := adam.State(); len(state) != 0 {
		t.Errorf("got %v before the first step, want nothing", state)
	}
	if err := adam.SetState(nil); err != nil {
		t.Fatal(err)
	}
	if got := stepped(t, adam, 1, 1); !(got[0] < 1) {
		t.Errorf("went to %v", got)
	}
}

func TestStateErrors(t *testing.T) {
	one := tensor.New(tensor.WithShape(1), tensor.WithBacking([]int64{1}))
	for _, c := range []struct {
		state map[string]*tensor.Dense
		want  string
	}{
		{map[string]*tensor.Dense{"step": one}, `got the key "step", want parameter/name`},
		{map[string]*tensor.Dense{"w/step": nil}, "the tensor w/step is nil"},
		{map[string]*tensor.Dense{"w/step": vector(1.0)}, "w/step: got shape (1) of float64"},
		{map[string]*tensor.Dense{"w/exp_avg": vector(1.0)}, "parameter w has no number of steps"},
		{map[string]*tensor.Dense{"w/step": one, "w/exp_avg": vector(1.0)}, `parameter w: got tensors ["exp_avg"], want ["exp_avg" "exp_avg_sq"]`},
		{map[string]*tensor.Dense{"w/step": one, "w/exp_avg": vector(1.0, 2), "w/exp_avg_sq": vector(1.0)}, "exp_avg: got shape (2) of float64, want (1)"},
		{map[string]*tensor.Dense{"w/step": one, "w/exp_avg": vector[float32](1), "w/exp_avg_sq": vector(1.0)}, "exp_avg: got shape (1) of float32"},
		{map[string]*tensor.Dense{"v/step": one}, "has nothing of parameter w"},
		{map[string]*tensor.Dense{"v/step": one, "w/step": one, "w/exp_avg": vector(1.0), "w/exp_avg_sq": vector(1.0)}, "a parameter v, which the network lacks"},
	} {
		adam := &Adam{}
		err := adam.SetState(c.state)
		if err == nil {
			err = adam.Step([]*graph.Param{{Name: "w", Value: vector(1.0)}}, []*tensor.Dense{vector(1.0)}, 0.1)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v; want %q", err, c.want)
		}
	}
}

// Momentum that is switched on in mid-run begins at zero.
func TestMomentumCanBeSwitchedOn(t *testing.T) {
	sgd := &SGD{LearningRate: 0.5}
	p := &graph.Param{Name: "w", Value: vector(1.0)}
	for range 2 {
		if err := sgd.Step([]*graph.Param{p}, []*tensor.Dense{vector(1.0)}, 0.5); err != nil {
			t.Fatal(err)
		}
		sgd.Momentum = 0.5
	}
	if got := p.Value.Float64s()[0]; got != 0 {
		t.Errorf("went to %g, want 0", got)
	}
}
