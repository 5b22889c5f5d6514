package diagnose

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/lang"
)

// A Finding is the result of one rule on a profile.
type Finding struct {
	Rule     string   `json:"rule"`               // name of the rule, as "vanishing"; [Rules] lists them
	Severity Severity `json:"severity"`           // how much it matters
	Layers   []int    `json:"layers,omitempty"`   // the affected layers, as indices into Profile.Layers; nil for the whole network
	Step     int      `json:"step"`               // the first recorded step that shows it
	Sentence string   `json:"sentence"`           // the result, for a reader who knows what a gradient is and no more
	Evidence string   `json:"evidence,omitempty"` // the numbers that Sentence rests on
	// Confidence is the share, from 0 to 1, of resamples of the profile in which the rule finds the same. A resample draws as
	// many records as there are, with replacement, and for a line over the depth as many layers too. For a rule that compares
	// with theory it is the probability that chance alone makes a smaller difference. Confidence measures the spread of the
	// numbers, not whether the rule suits the network.
	Confidence float64 `json:"confidence"`
	Remedy     string  `json:"remedy,omitempty"` // what to do about it
	Code       string  `json:"code,omitempty"`   // the remedy as a line of a gradflow configuration, or of PyTorch if the profile comes from there; empty if no line does it
	Tried      bool    `json:"tried,omitempty"`  // whether the remedy was tried on this network; if not, Remedy ends with "Not tried on this network."

	check   bool     // Remedy names something to check, so that there is nothing to try
	options []option // those of Remedy, if it turns a knob that other rules advise on
}

// markUntried adds to a remedy that was not tried that it was not.
func (f *Finding) markUntried(say lang.Language) {
	if f.Remedy != "" && !f.Tried && !f.check {
		f.Remedy = say.Sentences(f.Remedy, say.Text("Not tried on this network."))
	}
}

// Severity is how much a finding matters.
type Severity int

// The severities.
const (
	Note     Severity = iota // worth knowing; the network may learn nevertheless
	Warning                  // learning suffers, or will
	Critical                 // the network or parts of it do not learn; not in a network that learns all the same
)

var severities = [...]string{lang.Key("note"), lang.Key("warning"), lang.Key("critical")}

// String is "note", "warning" or "critical".
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severities) {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severities[s]
}

// MarshalText implements encoding.TextMarshaler: in JSON a severity is its String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// In is the severity in a language.
func (s Severity) In(language lang.Language) string { return language.Text(s.String()) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severities[:], string(text))
	if i < 0 {
		return errors.Errorf("diagnose: unknown severity: got %q, want one of %q", text, severities)
	}
	*s = Severity(i)
	return nil
}
