package vanishing

import (
	"slices"
	"time"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxCostly bounds the number of kept results of costly measurements, of each kind.
const maxCostly = 100

// recordPaths computes the path-length spectrum if it is due.
func (r *Recorder) recordPaths(run *train.Run) error {
	blocks := run.Program.Blocks
	isPlain := func(b *graph.BlockTrace) bool { return b.Skip == nil } // of a plain twin, through which there is one path
	if r.Paths == nil || !r.Paths.At(run.Step) || len(blocks) == 0 || slices.ContainsFunc(blocks, isPlain) {
		return nil
	}
	defer func(now time.Time) { r.extraTime += time.Since(now) }(time.Now())
	p, err := PathSpectrumNamed(run.Program, run.Program.Fed())
	if err != nil {
		return err
	}
	p.Step = run.Step
	r.profile.Paths = append(bounded(r.profile.Paths), p)
	return nil
}

// bounded drops every other element of a list that has become long, in a new list: earlier profiles share the old one.
func bounded[T any](list []T) []T {
	if len(list) < maxCostly {
		return list
	}
	var fewer []T
	for i := 0; i < len(list); i += 2 {
		fewer = append(fewer, list[i])
	}
	return fewer
}

// withExpectation adds the prediction of theory to the spectrum of the first step.
func withExpectation(list []profile.Paths, t *profile.Theory) []profile.Paths {
	list = slices.Clone(list)
	for i := range list {
		if p := &list[i]; p.Step == 0 && t != nil && len(t.Paths) == len(p.Shares) {
			p.Expected = t.Paths
		}
	}
	return list
}
