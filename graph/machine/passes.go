package machine

import (
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/internal/pool"
)

// A pass is one function of the compiler.
type pass struct {
	name  string
	about string   // what it does, in a line
	after []string // passes that must run earlier; comments in the table tell why
	// shares tells that the pass needs values that share memory and cores. It is skipped if every value is kept or watched.
	shares bool
	run    func(c *compilation) error
}

// passes is the compiler, in order. A test checks the constraints.
var passes = []pass{
	{name: "order", run: order,
		about: lang.Key("list the steps that outputs and taps need, each after its inputs")},
	// Only operations are merged, so equal constants must be merged before they are computed.
	{name: "merge", after: []string{"order"}, run: merge,
		about: lang.Key("merge steps that compute the same")},
	{name: "fold", after: []string{"order", "merge"}, run: fold,
		about: lang.Key("compute the steps that depend on constants only, once, while compiling")},
	// Only single operations have a form in blocks, and it makes no constants.
	{name: "layout", after: []string{"merge", "fold"}, shares: true, run: layout,
		about: lang.Key("keep images in blocks of channels between convolutions, and convert them where others read them")},
	// A joined step is not found equal to another, and a constant is not worth joining.
	{name: "fuse", after: []string{"merge", "fold", "layout"}, shares: true, run: fuse,
		about: lang.Key("join a step with the only one that reads its result")},
	// This pass allocates an argument for each input of a step, and fusing changes the inputs.
	{name: "inputs", after: []string{"fold", "fuse"}, run: takeInputs,
		about: lang.Key("remove inputs and constants from the list: all other steps run each time")},
	// Fusing skips steps with taps, so it must run before this pass takes the taps away.
	{name: "parallel", after: []string{"fuse", "inputs"}, shares: true, run: parallelTaps,
		about: lang.Key("turn taps that can run in parallel with heavy operations into steps")},
	{name: "arrange", after: []string{"inputs", "parallel"}, run: arrange,
		about: lang.Key("put steps into stages: the steps of one run at the same time")},
	// From here on the order in which values are made and used is fixed.
	{name: "lifetimes", after: []string{"arrange"}, run: setLifetimes,
		about: lang.Key("find the stage in which each value is used last")},
	{name: "allocate", after: []string{"lifetimes"}, run: allocate,
		about: lang.Key("give each value memory, shared with values that are not needed at the same time")},
	// The memory of a step comes with the call that runs it.
	{name: "recurrences", after: []string{"allocate"}, run: prepareScans,
		about: lang.Key("compile the steps of recurrences, with the taps on their nodes")},
}

// A compilation is an unfinished plan, on which the passes work.
type compilation struct {
	machine  *Machine
	separate bool    // whether each value has separate memory
	cores    int     // 1 if values are separate
	steps    []*step // in the order in which they run; once there are stages, of all stages
	plan     *plan
}

// compile runs the passes, and reports each. Those named in dump are reported with a listing.
func (m *Machine) compile(dump ...string) (*plan, []PassReport, error) {
	c := &compilation{machine: m, separate: m.keeping == keepSeparate || m.watched != watch{}, cores: 1, plan: new(plan)}
	if !c.separate {
		c.cores = pool.Workers()
	}
	var reports []PassReport
	for _, p := range passes {
		r := PassReport{Name: p.name, About: p.about, Skipped: p.shares && c.separate, Before: len(c.steps)}
		if !r.Skipped {
			start := time.Now()
			if err := p.run(c); err != nil {
				return nil, nil, err
			}
			r.Time = time.Since(start)
		}
		r.After = len(c.steps)
		if slices.Contains(dump, p.name) {
			r.Steps = c.listing()
		}
		reports = append(reports, r)
	}
	return c.plan, reports, nil
}

// checkOrder returns an error if a pass comes before one that it must come after.
func checkOrder(list []pass) error {
	ran := make(map[string]bool)
	for _, p := range list {
		for _, earlier := range p.after {
			if !ran[earlier] {
				return errors.Errorf("machine: pass order: got %q before %q, want it after", p.name, earlier)
			}
		}
		if ran[p.name] {
			return errors.Errorf("machine: pass order: got pass %q twice, want each once", p.name)
		}
		ran[p.name] = true
	}
	return nil
}
