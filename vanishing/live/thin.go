package live

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
)

// thin keeps at most n records, evenly spread, and the first whose loss is not finite, which the verdict needs.
func thin(p vanishing.Profile, n int) vanishing.Profile {
	if len(p.Records) <= n {
		return p
	}
	broken := slices.IndexFunc(p.Records, func(r vanishing.Record) bool { return math.IsNaN(float64(r.Loss - r.Loss)) })
	var records []vanishing.Record
	for _, i := range evenly.Pick(len(p.Records), n, broken) {
		records = append(records, p.Records[i])
	}
	p.Records = records
	return p
}
