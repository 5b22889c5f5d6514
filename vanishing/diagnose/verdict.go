package diagnose

import "fmt"

// A Verdict is what [Diagnose] finds.
type Verdict int

// The verdicts.
const (
	Undetermined Verdict = iota // there is nothing to judge by: no records, no gradient in any hidden layer, or no valid profile
	Healthy
	Vanishing
	Exploding
	NonFinite
)

// String is "undetermined", "healthy", "vanishing", "exploding" or "non-finite".
func (v Verdict) String() string {
	names := [...]string{"undetermined", "healthy", "vanishing", "exploding", "non-finite"}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return names[v]
}
