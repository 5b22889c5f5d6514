package diagnose

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/lang"
)

// A Verdict is the judgement of [Diagnose] on a network.
type Verdict int

// The verdicts.
const (
	Undetermined Verdict = iota // there is no basis for a verdict; the sentence says why
	Healthy
	Vanishing
	Exploding
	NonFinite
	Stuck // the gradient reaches all layers, but the network learns nothing: the loss stays that of guessing
)

// String is "undetermined", "healthy", "vanishing", "exploding", "non-finite" or "stuck".
func (v Verdict) String() string {
	names := [...]string{lang.Key("undetermined"), lang.Key("healthy"), lang.Key("vanishing"), lang.Key("exploding"), lang.Key("non-finite"), lang.Key("stuck")}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return names[v]
}

// In is the verdict in a language. Languages other than English add the English name, which JSON and exit statuses use.
func (v Verdict) In(language lang.Language) string { return language.Name(v.String()) }
