package optim

import (
	"regexp"

	"github.com/pkg/errors"
)

// A Group sets another rate or weight decay for the parameters whose names match a pattern. An example are two groups of a
// [SGD] or [AdamW] that spares biases and normalisations the decay, and moves the first block slowly:
//
//	Groups: []optim.Group{
//		{Params: "(bias|gain|shift)$", NoDecay: true},
//		{Params: "^block1/", RateFactor: 0.1},
//	}
//
// Rates that a parametrisation such as graph.MuP gives to parameters are multiplied by those of the groups.
//
// A parameter belongs to the first group that matches. Set the groups before the first step: later changes of a pattern have no
// effect.
type Group struct {
	Params      string  // regular expression, which matches a part of some names unless it begins with ^ and ends with $
	RateFactor  float64 // multiplies the learning rate; 0 means 1
	WeightDecay float64 // in place of the optimiser's; 0 means the optimiser's
	NoDecay     bool    // no weight decay at all
}

// rateFactor is RateFactor or its default, also for a nil group.
func (g *Group) rateFactor() float64 {
	if g == nil {
		return 1
	}
	return orDefault(g.RateFactor, 1)
}

// decay is the weight decay of the group's parameters, where that of the optimiser is given.
func (g *Group) decay(otherwise float64) float64 {
	if g == nil {
		return otherwise
	}
	if g.NoDecay {
		return 0
	}
	return orDefault(g.WeightDecay, otherwise)
}

func (g Group) validate(optimizer string) error {
	for _, l := range []limit{{"RateFactor", g.RateFactor, inf}, {"WeightDecay", g.WeightDecay, inf}} {
		if !(l.value >= 0 && l.value < l.below) {
			return checkRange(optimizer, "Groups."+l.name, l.value, l.below)
		}
	}
	if g.NoDecay && g.WeightDecay != 0 {
		return errors.Errorf("optim: %s.Groups %q: got both NoDecay and WeightDecay %g, want one of them", optimizer, g.Params, g.WeightDecay)
	}
	return nil
}

// patterns are compiled regular expressions, kept because compiling them in each step would allocate.
type patterns map[string]*regexp.Regexp

// compile returns an error for a pattern that is not a regular expression.
func (ps *patterns) compile(pattern, optimizer, field string) error {
	if (*ps)[pattern] != nil {
		return nil
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return errors.Errorf("optim: %s.%s: got %q, want a regular expression: %v", optimizer, field, pattern, err)
	}
	if *ps == nil {
		*ps = make(patterns)
	}
	(*ps)[pattern] = compiled
	return nil
}

// find gives the first group whose pattern, which has been compiled, matches a name; nil if there is none.
func (ps patterns) find(groups []Group, name string) *Group {
	for i := range groups {
		if ps[groups[i].Params].MatchString(name) {
			return &groups[i]
		}
	}
	return nil
}

// rateGroups counts the groups with a rate of their own.
func rateGroups(groups []Group) (n int) {
	for _, g := range groups {
		if g.RateFactor != 0 && g.RateFactor != 1 {
			n++
		}
	}
	return n
}
