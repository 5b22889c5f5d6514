package optim

import (
	"regexp"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/matching"
)

// CheckPatterns returns an error for a pattern of an optimiser of this package, such as [Group].Params, that matches none of the parameters
// of a network. A trainer calls it before the first step, as a step may move some parameters alone.
func CheckPatterns(o Optimizer, params []*graph.Param) error {
	r, ours := o.(rule)
	if !ours {
		return nil
	}
	var names []string
	for _, p := range params {
		names = append(names, p.Name)
	}
	if m, is := o.(*Muon); is && m.Exclude != "" {
		if err := match(m.Exclude, names); err != nil {
			return errors.Wrap(err, "optim: Muon.Exclude")
		}
	}
	_, _, groups := r.shared()
	for i, g := range groups {
		if err := match(g.Params, names); err != nil {
			return errors.Wrapf(err, "optim: Groups[%d].Params of %v", i, o)
		}
	}
	return nil
}

func match(pattern string, names []string) error {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	return matching.Check(compiled, names)
}
