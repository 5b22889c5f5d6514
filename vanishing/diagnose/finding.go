package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/lang"
)

// A Finding is what one rule found in a profile.
type Finding struct {
	Rule     string   `json:"rule"`               // name of the rule, as "vanishing"; [Rules] lists them
	Severity Severity `json:"severity"`           // how much it matters
	Layers   []int    `json:"layers,omitempty"`   // indices into Profile.Layers of the layers it is about; nil if it is about the network
	Step     int      `json:"step"`               // the first of the recorded steps that shows it
	Sentence string   `json:"sentence"`           // what was found, for someone who has just learnt what a gradient is
	Evidence string   `json:"evidence,omitempty"` // the numbers behind it
	// Confidence is the share, from 0 to 1, of resamples of the profile in which the rule finds the same. A resample draws as
	// many records as there are, with replacement, and for a line over the depth as many layers too. Of a rule that goes by
	// theory it is the probability that one initialisation differs less from the next. It speaks of the numbers' spread, not of
	// whether the rule is the right one to ask.
	Confidence float64 `json:"confidence"`
	Remedy     string  `json:"remedy,omitempty"` // what to do about it
	Code       string  `json:"code,omitempty"`   // how, in a configuration of gradflow; empty if no line does it
	Tried      bool    `json:"tried,omitempty"`  // whether the remedy was tried on this network; otherwise Remedy says that it was not
}

// Severity is how much a finding matters.
type Severity int

// The severities.
const (
	Note     Severity = iota // worth knowing; the network may learn all the same
	Warning                  // learning suffers, or will
	Critical                 // parts of the network do not learn, or nothing does
)

var severities = [...]string{lang.Key("note"), lang.Key("warning"), lang.Key("critical")}

// String is "note", "warning" or "critical".
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severities) {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severities[s]
}

// MarshalText makes a severity its word in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// In is the word in a language.
func (s Severity) In(language lang.Language) string { return language.Text(s.String()) }

// UnmarshalText reads the word.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severities[:], string(text))
	if i < 0 {
		return errors.Errorf("vanishing: %q is no severity: expected one of %q", text, severities)
	}
	*s = Severity(i)
	return nil
}

// A rule looks for one thing.
type rule struct {
	name string
	find func(*ruleInput) []Finding
}

// rules are asked in this order.
var rules = []rule{
	{lang.Key("non-finite"), findNonFinite},
	{lang.Key("vanishing"), findVanishing},
	{lang.Key("exploding"), findExploding},
	{lang.Key("stuck"), findStuck},
	{lang.Key("dead-relu"), findDead},
	{lang.Key("saturation"), findSaturation},
	{lang.Key("bad-init-scale"), findInitScale},
	{lang.Key("theory-mismatch"), findMismatch},
	{lang.Key("learning-rate-too-large"), findLargeRate},
	{lang.Key("learning-rate-too-small"), findSmallRate},
	{lang.Key("layer-not-training"), findStill},
	{lang.Key("gradient-noise"), findNoise},
}

// Rules lists the names of the rules that [Diagnose] asks.
func Rules() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.name
	}
	return names
}

// findings asks all rules. The most severe come first, of those the surest, of those in the order of Rules.
func findings(r *ruleInput) []Finding {
	var all []Finding
	for _, rule := range rules {
		for _, f := range rule.find(r) {
			f.Rule = rule.name
			if f.Code != "" && !f.Tried {
				f.Remedy = r.say.Sentences(f.Remedy, r.say.Text("Not tried on this network."))
			}
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Confidence, a.Confidence))
	})
	return all
}
