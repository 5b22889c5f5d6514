package diagnose

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/lang"
)

// A Verdict is what [Diagnose] finds.
type Verdict int

// The verdicts.
const (
	Undetermined Verdict = iota // there is nothing to judge by: no records, no gradient in any hidden layer, or no valid profile
	Healthy
	Vanishing
	Exploding
	NonFinite
	Stuck // the gradient reaches all layers, but nothing is learnt: the loss stays that of guessing
)

// String is "undetermined", "healthy", "vanishing", "exploding", "non-finite" or "stuck".
func (v Verdict) String() string {
	names := [...]string{lang.Key("undetermined"), lang.Key("healthy"), lang.Key("vanishing"), lang.Key("exploding"), lang.Key("non-finite"), lang.Key("stuck")}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return names[v]
}

// In is the verdict for people, in a language: beside the word of another language stands the English name, by which JSON and
// exit statuses know it.
func (v Verdict) In(language lang.Language) string { return language.Name(v.String()) }
