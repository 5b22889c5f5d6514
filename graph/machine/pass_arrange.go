package machine

import (
	"cmp"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/pool"
)

const (
	// heavy is the smallest number of multiplications for which a step is worth a core: a few microseconds of work.
	heavy = 1 << 17
	// window is the number of next steps among which arrange looks for work for all cores. It is small, because a value that is
	// computed early occupies memory for longer.
	window = 6
)

// arrange puts steps into stages. Most stages are one step, which spreads its work over the cores itself. But where there
// is a heavy step for each core, such as the gradients of a matrix product by both of its factors, each runs on a core as a
// whole: less time goes into splitting and waiting. The values do not change.
func arrange(c *compilation) error {
	a := arrangement{cores: c.cores, pending: make(map[*step]bool, len(c.steps))}
	for _, s := range c.steps {
		a.pending[s] = true
	}
	for i, s := range c.steps {
		if !a.pending[s] {
			continue
		}
		tasks := a.share(a.next(c.steps[i:]))
		if tasks == nil {
			tasks = []task{{steps: c.steps[i : i+1 : i+1]}}
		}
		a.add(stage{tasks: tasks})
	}
	c.plan.stages = a.stages
	return nil
}

// An arrangement is the list of stages so far.
type arrangement struct {
	cores   int
	stages  []stage
	pending map[*step]bool // steps without a stage
}

func (a *arrangement) add(s stage) {
	for _, step := range s.steps() {
		step.stage = len(a.stages)
		delete(a.pending, step)
	}
	a.stages = append(a.stages, s)
}

// next lists the first steps without a stage.
func (a *arrangement) next(steps []*step) []*step {
	var list []*step
	for _, s := range steps {
		if a.pending[s] {
			list = append(list, s)
		}
		if len(list) == window {
			break
		}
	}
	return list
}

// share deals the steps that can run now to all cores, if there is about as much to do for each. The first of the steps is
// one of them.
func (a *arrangement) share(steps []*step) []task {
	if a.cores < 2 || work(steps[0]) < heavy {
		return nil
	}
	var ready []*step
	count, total := 0, 0
	for _, s := range steps {
		if a.ready(s) {
			ready = append(ready, s)
			total += work(s)
			if work(s) >= heavy {
				count++
			}
		}
	}
	if count < a.cores {
		return nil
	}
	slices.SortStableFunc(ready, func(s, t *step) int { return cmp.Compare(work(t), work(s)) })
	tasks, loads := make([]task, a.cores), make([]int, a.cores)
	for _, s := range ready {
		least := slices.Index(loads, slices.Min(loads))
		tasks[least].steps = append(tasks[least].steps, s)
		loads[least] += work(s)
	}
	if slices.Max(loads)*a.cores > total*5/4 {
		return nil
	}
	return tasks
}

// ready tells whether all that a step reads has been computed in an earlier stage. Only steps of ours and parallel taps are moved; a
// recurrence calls taps itself.
func (a *arrangement) ready(s *step) bool {
	movable := s.kind == isTap && !slices.ContainsFunc(s.taps, func(t *tap) bool { return !t.parallel }) || s.kind == isOurs && !s.op.Random() && s.op.Scan() == nil
	return movable && !slices.ContainsFunc(s.inputs, func(input *step) bool { return a.pending[input] })
}

// work estimates a step, in multiplications.
func work(s *step) int {
	if s.kind == isTap {
		return s.shape.TotalSize()
	}
	if s.kind != isOurs {
		return 0
	}
	shapes := make([]tensor.Shape, len(s.inputs))
	for i, input := range s.inputs {
		shapes[i] = input.shape
	}
	return s.op.Work(shapes)
}

var _ pool.Task = (*stage)(nil)
