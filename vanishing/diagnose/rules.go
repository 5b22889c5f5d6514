package diagnose

import (
	"cmp"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
)

// A rule looks for one kind of finding.
type rule struct {
	name string
	find func(*ruleInput) []Finding
}

// rules are the rules in the order of evaluation.
var rules = []rule{
	{lang.Key("non-finite"), findNonFinite},
	{lang.Key("vanishing"), findVanishing},
	{lang.Key("exploding"), findExploding},
	{lang.Key("stuck"), findStuck},
	{lang.Key("above-guessing"), findAboveGuessing},
	{lang.Key("dead-relu"), findDead},
	{lang.Key("saturation"), findSaturation},
	{lang.Key("bad-init-scale"), findInitScale},
	{lang.Key("unbroken-symmetry"), findSymmetry},
	{lang.Key("theory-mismatch"), findMismatch},
	{lang.Key("learning-rate-too-large"), findLargeRate},
	{lang.Key("learning-rate-too-small"), findSmallRate},
	{lang.Key("layer-not-training"), findStill},
	{lang.Key("gradient-noise"), findNoise},
	{lang.Key("edge-of-stability"), findEdge},
	{lang.Key("long-memory"), findLongMemory},
	{lang.Key("entropy-collapse"), findEntropyCollapse},
	{lang.Key("logit-growth"), findLogitGrowth},
	{lang.Key("rank-collapse"), findRankCollapse},
	{lang.Key("odd-rank"), findOddRank},
	{lang.Key("noise-scale"), findNoiseScale},
}

// Rules lists the names of the rules.
func Rules() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.name
	}
	return names
}

// findings are the findings of all rules, ordered by severity, then confidence, then the order of rules.
func findings(r *ruleInput) []Finding {
	var all []Finding
	for _, rule := range rules {
		for _, f := range rule.find(r) {
			f.Rule = rule.name
			f.markUntried(r.say)
			all = append(all, f)
		}
	}
	oneAdvice(r.say, all)
	for i := range all {
		all[i].inTheirTerms(r.Framework)
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Confidence, a.Confidence))
	})
	return all
}
