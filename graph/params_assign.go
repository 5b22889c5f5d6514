package graph

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// An Assignment tells which values parameters take. The zero value takes all and is strict: every parameter must have a value,
// and every value a parameter.
type Assignment struct {
	// Only is a regular expression for names of parameters: the others keep their values, and values for them are left out. Empty
	// means all parameters; one that matches none is an error.
	Only string
	// Name gives the name that a parameter has among the values; nil means its own. It is for values from other libraries.
	Name func(parameter string) string
	// Partial takes what there is: parameters without a value keep theirs, and values without a parameter are left out. There must be one
	// value for a parameter at least.
	Partial bool
}

// Assign gives parameters values by name, of the same shape and of float32 or float64. If it returns an error nothing has changed.
//
// Before the first [Build] over the store no parameter exists yet. Then the values wait, each parameter takes its own when it is
// declared, and Build returns the error.
//
// The parameters count as trained from then on: their initialisers say nothing of their values any more.
func (ps *Params) Assign(values map[string]*tensor.Dense, how Assignment) error {
	return ps.assign(values, how, 1)
}

// assign is Assign of values that a trainer has moved so often.
func (ps *Params) assign(values map[string]*tensor.Dense, how Assignment, updates int) error {
	w, err := newWaiting(values, how, updates)
	if err != nil {
		return errors.Wrap(err, "graph")
	}
	if len(ps.list) == 0 {
		ps.waiting = w
		return nil
	}
	if err := w.check(ps.list); err != nil {
		return errors.Wrap(err, "graph")
	}
	for _, p := range ps.list {
		v, err := w.take(p.Name, p.Value.Shape(), ps.dtype)
		if err != nil || v == nil {
			continue // check has found no error
		}
		if err := tensor.Copy(p.Value, v); err != nil {
			return errors.Wrapf(err, "graph: parameter %s", p.Name)
		}
		p.Updates = updates
	}
	return nil
}

// Set gives one parameter new values. See [Params.Assign].
func (ps *Params) Set(name string, value *tensor.Dense) error {
	if len(ps.list) > 0 && ps.byName[name] == nil {
		return errors.Errorf("graph: got no parameter %q in the store, which has %d", name, len(ps.list))
	}
	values := map[string]*tensor.Dense{name: value}
	if w := ps.waiting; w != nil && len(ps.list) == 0 {
		if w.how.Name != nil || w.how.Only != "" {
			return errors.Errorf("graph: parameter %s: values with other names or for some parameters wait for the first Build (set it afterwards)", name)
		}
		values = maps.Clone(w.values)
		values[name] = value
	}
	return ps.Assign(values, Assignment{Partial: true})
}

// waiting are values that are not yet those of parameters.
type waiting struct {
	values  map[string]*tensor.Dense
	how     Assignment
	only    *regexp.Regexp
	updates int             // of the parameters that take them
	used    map[string]bool // names of values that were taken
	missing []string        // parameters without a value
	asked   bool            // a parameter has a name that Only matches
}

func newWaiting(values map[string]*tensor.Dense, how Assignment, updates int) (*waiting, error) {
	only, err := regexp.Compile(how.Only)
	if err != nil {
		return nil, errors.Wrapf(err, "Only: got %q, want a regular expression", how.Only)
	}
	for name, v := range values {
		if v == nil || v.Dtype() != tensor.Float32 && v.Dtype() != tensor.Float64 {
			return nil, errors.Errorf("value %q: got %s, want a tensor of float32 or float64", name, typeOf(v))
		}
	}
	return &waiting{values: values, how: how, only: only, updates: updates, used: make(map[string]bool)}, nil
}

func typeOf(v *tensor.Dense) string {
	if v == nil {
		return "nil"
	}
	return fmt.Sprintf("one of %v", v.Dtype())
}

// restart forgets what was taken, after a drawing that has failed.
func (w *waiting) restart() { w.used, w.missing, w.asked = make(map[string]bool), nil, false }

// take gives the value of a parameter in the store's type; nil if there is none. It notes which are used and which are missing.
func (w *waiting) take(name string, shape tensor.Shape, dtype tensor.Dtype) (*tensor.Dense, error) {
	if !w.only.MatchString(name) {
		return nil, nil
	}
	w.asked = true
	as := name
	if w.how.Name != nil {
		as = w.how.Name(name)
	}
	v := w.values[as]
	if v == nil {
		w.missing = append(w.missing, name)
		return nil, nil
	}
	w.used[as] = true
	if !slices.Equal(v.Shape(), shape) {
		return nil, errors.Errorf("parameter %s: got a value of shape %v, want %v", name, v.Shape(), shape)
	}
	return tensors.FromSlice(dtype, v.Materialize().(*tensor.Dense).Data(), shape...)
}

// check returns an error unless all parameters can take their values.
func (w *waiting) check(list []*Param) error {
	var wrong []string
	for _, p := range list {
		if _, err := w.take(p.Name, p.Value.Shape(), p.Value.Dtype()); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	err := w.complete()
	if len(wrong) == 0 {
		return err
	}
	if err != nil {
		return errors.Errorf("%s; %v", some(wrong, "; "), err)
	}
	return errors.New(some(wrong, "; "))
}

// complete returns an error if no parameter was asked for, or if a strict assignment lacks values or has too many.
func (w *waiting) complete() error {
	if !w.asked && w.how.Only != "" {
		return errors.Errorf("values of parameters: Only: got %q, which matches no parameter, want one that matches some", w.how.Only)
	}
	if w.how.Partial && len(w.used) == 0 && len(w.missing) > 0 {
		return errors.Errorf("values of parameters: got values for %s, want one for some of %s (set Assignment.Name if the names differ)",
			orNone(some(slices.Sorted(maps.Keys(w.values)), ", ")), some(w.missing, ", "))
	}
	if w.how.Partial {
		return nil
	}
	var complaints []string
	if len(w.missing) > 0 {
		complaints = append(complaints, "got no value for "+some(w.missing, ", "))
	}
	var extra []string
	for _, name := range slices.Sorted(maps.Keys(w.values)) {
		if !w.used[name] && w.how.Only == "" {
			extra = append(extra, name)
		}
	}
	if len(extra) > 0 {
		complaints = append(complaints, "got no parameter for "+some(extra, ", "))
	}
	if complaints == nil {
		return nil
	}
	return errors.Errorf("values of parameters: %s (set Assignment.Partial to take what fits, or Name if the names differ)", strings.Join(complaints, "; "))
}

func orNone(list string) string {
	if list == "" {
		return "no parameter"
	}
	return list
}

// some joins the first of many texts.
func some(list []string, separator string) string {
	const most = 5
	if n := len(list); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], separator), n-most)
	}
	return strings.Join(list, separator)
}
