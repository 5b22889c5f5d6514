package graph_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// newStore draws a perceptron with batch normalisation over a new store, unless prepare returns an error.
func newStore(t *testing.T, dt tensor.Dtype, seed uint64, prepare func(*graph.Params) error) (*graph.Params, error) {
	t.Helper()
	params := graph.NewParams(dt, seed)
	if prepare != nil {
		if err := prepare(params); err != nil {
			return params, err
		}
	}
	return params, draw(params, 5)
}

// draw draws a perceptron of one hidden layer over a store.
func draw(params *graph.Params, width int) error {
	_, err := graph.Build(graph.Config{
		Model: mlp.Model{Input: 4, Hidden: []int{width}, Output: 3, Norm: graph.BN}, Params: params, Input: tensor.Shape{8, 4}, Loss: graph.CrossEntropy{},
	})
	return err
}

// numbers lists all numbers of a store.
func numbers(params *graph.Params) (list []float64) {
	for _, p := range params.All() {
		list = append(list, floats(p.Value)...)
	}
	return list
}

// Parameters that were saved come back bit by bit, before the first Build and after it, also as the other float type where this
// holds them.
func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	saved, err := newStore(t, tensor.Float32, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range saved.All() {
		p.Updates = 7
	}
	if err := saved.Save(path); err != nil {
		t.Fatal(err)
	}
	load := func(ps *graph.Params) error { return ps.Load(path, graph.Assignment{}) }
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		before, err := newStore(t, dt, 2, load)
		if err != nil {
			t.Fatal(err)
		}
		after, err := newStore(t, dt, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(numbers(after), numbers(saved)) || after.Trained() {
			t.Fatal("another seed gives the same numbers, or trained parameters: the test tests nothing")
		}
		if err := load(after); err != nil {
			t.Fatal(err)
		}
		for when, ps := range map[string]*graph.Params{"before": before, "after": after} {
			if !slices.Equal(numbers(ps), numbers(saved)) {
				t.Errorf("%v, loaded %s Build: the numbers differ", dt, when)
			}
			if p := ps.All()[0]; p.Updates != 7 {
				t.Errorf("%v, loaded %s Build: moved %d times, want 7", dt, when, p.Updates)
			}
		}
	}
}

// values are those of a store of seed 3, changed.
func values(t *testing.T, change func(values map[string]*tensor.Dense)) map[string]*tensor.Dense {
	t.Helper()
	params, err := newStore(t, tensor.Float64, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*tensor.Dense)
	for _, p := range params.All() {
		all[p.Name] = p.Value
	}
	change(all)
	return all
}

// What does not fit is named, before Build and after it, and nothing changes then. A partial assignment takes what fits.
func TestAssignmentsThatDoNotFit(t *testing.T) {
	const missing, extra = "dense2/bias", "head/weight"
	for name, c := range map[string]struct {
		change func(values map[string]*tensor.Dense)
		how    graph.Assignment
		want   []string // words of the error; none: it fits
	}{
		"all":     {change: func(map[string]*tensor.Dense) {}},
		"missing": {func(v map[string]*tensor.Dense) { delete(v, missing) }, graph.Assignment{}, []string{"no value for " + missing}},
		"extra": {func(v map[string]*tensor.Dense) { v[extra] = randn(t, tensor.Float64, 1, 2, 2) }, graph.Assignment{},
			[]string{"no parameter for " + extra}},
		"shape": {func(v map[string]*tensor.Dense) { v[missing] = randn(t, tensor.Float64, 1, 4) }, graph.Assignment{Partial: true},
			[]string{missing, "shape (4), want (3)"}},
		"type": {func(v map[string]*tensor.Dense) {
			v[missing] = tensor.New(tensor.WithShape(3), tensor.WithBacking([]int{1, 2, 3}))
		}, graph.Assignment{}, []string{missing, "int"}},
		"nil":      {func(v map[string]*tensor.Dense) { v[missing] = nil }, graph.Assignment{}, []string{missing, "nil"}},
		"no match": {func(map[string]*tensor.Dense) {}, graph.Assignment{Only: "^conv", Partial: true}, []string{`"^conv", which matches no parameter`}},
		"pattern":  {func(map[string]*tensor.Dense) {}, graph.Assignment{Only: "("}, []string{"regular expression"}},
		"partial": {func(v map[string]*tensor.Dense) {
			delete(v, missing)
			v[extra] = randn(t, tensor.Float64, 1, 2, 2)
		}, graph.Assignment{Partial: true}, nil},
	} {
		all := values(t, c.change)
		assign := func(ps *graph.Params) error { return ps.Assign(all, c.how) }
		_, before := newStore(t, tensor.Float64, 4, assign)
		store, err := newStore(t, tensor.Float64, 4, nil)
		if err != nil {
			t.Fatal(err)
		}
		old := numbers(store)
		after := assign(store)
		if c.want == nil {
			if before != nil || after != nil || slices.Equal(numbers(store), old) {
				t.Errorf("%s: got errors %v and %v, want new numbers", name, before, after)
			}
			continue
		}
		for _, err := range []error{before, after} {
			for _, word := range c.want {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("%s: got error %v, want one with %q", name, err, word)
				}
			}
		}
		if !slices.Equal(numbers(store), old) {
			t.Errorf("%s: the parameters have changed", name)
		}
	}
}

// Once there are parameters, one error names what is missing, extra and of another shape.
func TestOneErrorNamesAllThatDoesNotFit(t *testing.T) {
	store, err := newStore(t, tensor.Float64, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = store.Assign(values(t, func(v map[string]*tensor.Dense) {
		v["dense1/weight"] = randn(t, tensor.Float64, 1, 4, 4)
		v["head/weight"] = randn(t, tensor.Float64, 1, 2, 2)
		delete(v, "dense2/bias")
	}), graph.Assignment{})
	for _, want := range []string{"dense1/weight: got a value of shape (4, 4), want (4, 5)", "no value for dense2/bias", "no parameter for head/weight"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestAssignSome(t *testing.T) {
	all := values(t, func(map[string]*tensor.Dense) {})
	other := make(map[string]*tensor.Dense)
	for name, v := range all {
		other["module."+strings.ReplaceAll(name, "/", ".")] = v
	}
	how := graph.Assignment{Only: "^dense2/", Name: func(p string) string { return "module." + strings.ReplaceAll(p, "/", ".") }}
	store, err := newStore(t, tensor.Float64, 4, func(ps *graph.Params) error { return ps.Assign(other, how) })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range store.All() {
		if same := slices.Equal(floats(p.Value), floats(all[p.Name])); same != strings.HasPrefix(p.Name, "dense2/") && p.Role == graph.Weight {
			t.Errorf("%s: taken %v", p.Name, same)
		}
	}
}

// A drawing that fails leaves the values for the next one.
func TestAssignmentSurvivesAFailedBuild(t *testing.T) {
	all := values(t, func(map[string]*tensor.Dense) {})
	params := graph.NewParams(tensor.Float64, 4)
	if err := params.Assign(all, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	if err := draw(params, 6); err == nil || len(params.All()) != 0 {
		t.Fatalf("got error %v and %d parameters, want an error and none", err, len(params.All()))
	}
	if err := draw(params, 5); err != nil {
		t.Fatal(err)
	}
	for _, p := range params.All() {
		if !slices.Equal(floats(p.Value), floats(all[p.Name])) {
			t.Errorf("%s has other numbers than were assigned", p.Name)
		}
	}
}

func TestSet(t *testing.T) {
	const name = "dense2/bias"
	bias := tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{1, 2, 3}))
	set := func(ps *graph.Params) error { return ps.Set(name, bias) }
	before, err := newStore(t, tensor.Float64, 4, set)
	if err != nil {
		t.Fatal(err)
	}
	after, err := newStore(t, tensor.Float64, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(after); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(before), numbers(after)) || !slices.Equal(floats(after.Get(name).Value), []float64{1, 2, 3}) {
		t.Error("the numbers of the two stores differ, or the bias has not been set")
	}
	if err := after.Set("nothing", bias); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("got error %v, want one that names nothing", err)
	}
}

func TestLoadErrors(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "broken.safetensors")
	if err := os.WriteFile(broken, []byte("hello, this is no file of tensors"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := newStore(t, tensor.Float64, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	old := numbers(store)
	wantError(t, store.Load(broken, graph.Assignment{}), broken)
	wantError(t, store.Load(filepath.Join(folder, "none"), graph.Assignment{}), "none")
	wantError(t, store.Save(filepath.Join(folder, "none", "file")), "none")
	if !slices.Equal(numbers(store), old) {
		t.Error("the parameters have changed")
	}
}

// A partial assignment without one common name is an error, before the first Build and after it.
func TestPartialOfNothing(t *testing.T) {
	values := map[string]*tensor.Dense{"other/weight": tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))}
	for want, values := range map[string]map[string]*tensor.Dense{"got values for other/weight, want one for some of": values, "got values for no parameter": nil} {
		assign := func(ps *graph.Params) error { return ps.Assign(values, graph.Assignment{Partial: true}) }
		_, err := newStore(t, tensor.Float64, 1, assign)
		wantError(t, err, want, "dense1/weight")
		params, err := newStore(t, tensor.Float64, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, assign(params), want, "dense1/weight")
	}
}
