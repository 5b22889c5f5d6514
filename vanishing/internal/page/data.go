package page

import (
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
)

// data is everything that the page draws.
type data struct {
	Quantities quantities `json:"quantities"`
	Runs       []run      `json:"runs"`
}

// quantities are the catalogue of what is in the tiers.
type quantities struct {
	Norms   []quantity `json:"norms"`
	Details []quantity `json:"details"`
}

// Data is the profiles as JSON for the page, in not much more than limit bytes: of long runs and deep networks it holds so
// many of the records, evenly spread, that they fit. The page says how many. It is the same for the same profiles, and has
// no characters that could end a script.
func Data(profiles []vanishing.Profile, limit int) ([]byte, error) {
	// A number takes about nine bytes. The norms, the details and the histograms get about a third of the bytes each.
	cells := limit / (9 * (len(norms) + len(details)/4) * max(len(profiles), 1))
	s := share{cells, cells / 25}
	for {
		d := data{quantities{norms, details}, []run{}}
		for _, p := range profiles {
			d.Runs = append(d.Runs, newRun(p, s))
		}
		text, err := json.Marshal(d)
		if err != nil || len(text) <= limit || s.cells <= 1 {
			return text, errors.Wrap(err, "page: data")
		}
		s = share{s.cells / 2, s.histograms / 2}
	}
}
