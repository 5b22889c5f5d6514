package page

import (
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A tier is the records of one kind that the page shows, as columns: for each quantity and layer the numbers of all steps.
type tier struct {
	Steps  []int                `json:"steps"`
	Epochs []int                `json:"epochs"`
	Of     int                  `json:"of"` // number of records of the kind in the profile
	Values map[string][]numbers `json:"values"`
	Blocks map[string][]numbers `json:"blocks,omitempty"` // of the residual blocks
}

// The most columns of a chart over time. More would be narrower than a pixel.
const (
	maxNorms   = 300
	maxDetails = 120
)

// normsOf selects the norms of at most cells layers times records, and those of record extra unless it is negative.
func normsOf(p vanishing.Profile, cells, extra int) tier {
	n := min(maxNorms, cells/max(len(p.Layers), 1))
	return tierOf(p, evenly.Pick(len(p.Records), n, extra), norms)
}

// detailsOf selects the details of at most cells layers times records, and those of record extra if it has any.
func detailsOf(p vanishing.Profile, cells, extra int) tier {
	chosen := detailRecords(p, cells, extra)
	t := tierOf(p, chosen, details)
	t.Blocks = blocksOf(p, chosen)
	return t
}

// detailRecords are the indices of these records.
func detailRecords(p vanishing.Profile, cells, extra int) []int {
	var with []int
	at := -1
	for i, r := range p.Records {
		if r.Details == nil {
			continue
		}
		if i == extra {
			at = len(with)
		}
		with = append(with, i)
	}
	n := min(maxDetails, cells/max(len(p.Layers), 1))
	chosen := evenly.Pick(len(with), n, at)
	for i, k := range chosen {
		chosen[i] = with[k]
	}
	return chosen
}

func tierOf(p vanishing.Profile, records []int, quantities []quantity) tier {
	t := tier{Steps: []int{}, Epochs: []int{}, Values: make(map[string][]numbers)}
	for _, i := range records {
		t.Steps, t.Epochs = append(t.Steps, p.Records[i].Step), append(t.Epochs, p.Records[i].Epoch)
	}
	weights := p.Weights()
	for _, q := range quantities {
		columns := make([]numbers, len(p.Layers))
		for l := range columns {
			columns[l] = make(numbers, len(records))
			for k, i := range records {
				columns[l][k] = q.value(&p.Records[i], l, weights[l])
			}
		}
		t.Values[q.Name] = columns
	}
	return t
}

func blocksOf(p vanishing.Profile, records []int) map[string][]numbers {
	columns := make(map[string][]numbers)
	for _, q := range profile.BlockQuantities {
		for b := range p.Blocks {
			column := make(numbers, len(records))
			for k, i := range records {
				column[k] = valueOf(q, &p.Records[i], b)
			}
			columns[q.Name] = append(columns[q.Name], column)
		}
	}
	return columns
}
