package page

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A budget is the gains and losses of the gradient over all records, as summed up in run.Why.
type budget struct {
	First   int `json:"first"` // of the summed layers, as an index into Profile.Layers; -1 if there are none
	Last    int `json:"last"`  // the first layer after them
	Records int `json:"records"`
	// Values are the medians of the gains by layer, under the names of the details without "gains.".
	Values map[string]numbers `json:"values"`
}

func budgetOf(b diagnose.Budget) budget {
	values := make(map[string]numbers)
	for _, g := range b.ByLayer {
		for _, part := range profile.GainParts {
			v := math.NaN()
			if g != nil {
				v = part.Of(g)
			}
			values[part.Name] = append(values[part.Name], v)
		}
	}
	return budget{b.First, b.Last, b.Records, values}
}
