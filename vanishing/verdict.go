package vanishing

// A Verdict is what [Diagnose] finds.
type Verdict int

// The verdicts.
const (
	Undetermined Verdict = iota // there is nothing to judge by: no records, or no gradient in any hidden layer
	Healthy
	Vanishing
	Exploding
	NonFinite
)

// String is "undetermined", "healthy", "vanishing", "exploding" or "non-finite".
func (v Verdict) String() string {
	return [...]string{"undetermined", "healthy", "vanishing", "exploding", "non-finite"}[v]
}
