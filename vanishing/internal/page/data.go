package page

import (
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// data is everything that the page draws.
type data struct {
	Quantities quantities `json:"quantities"`
	Runs       []run      `json:"runs"`
}

// quantities are the quantities of the tiers.
type quantities struct {
	Norms   []quantity `json:"norms"`
	Details []quantity `json:"details"`
}

// The approximate number of bytes of a stand-alone page, and of the data of one that changes many times a second.
const (
	Whole = 4 << 20
	Brief = 160 << 10
)

// A Subject is a network of the page: its profile, and the diagnosis of all its records or of a selection.
type Subject struct {
	Profile   vanishing.Profile
	Diagnosis vanishing.Diagnosis
}

// Data returns the subjects as JSON for the page. Of long runs and deep networks it holds as many records, evenly spread, as fit
// into a number of bytes; the page shows their number. The same profiles give the same JSON. It has no characters that could end
// a script.
func Data(subjects []Subject, bytes int) ([]byte, error) { return fit(printable.Copy(subjects), bytes) }

// fit is Data for subjects that are printable.
func fit(subjects []Subject, bytes int) ([]byte, error) {
	// A number takes about nine bytes. The norms, the details and the histograms get about a third of the bytes each.
	cells := bytes / (9 * (len(norms) + len(details)/4) * max(len(subjects), 1))
	s, say := share{cells, cells / 25}, languageOf(subjects)
	for {
		d := data{quantities{inLanguage(say, norms), inLanguage(say, details)}, []run{}}
		for _, subject := range subjects {
			d.Runs = append(d.Runs, newRun(subject, s))
		}
		text, err := json.Marshal(d)
		if err != nil || len(text) <= bytes || s.cells <= 1 {
			return text, errors.Wrap(err, "page: data")
		}
		s = share{s.cells / 2, s.histograms / 2}
	}
}

// languageOf returns the language of a page: that of its first diagnosis.
func languageOf(subjects []Subject) vanishing.Language {
	if len(subjects) == 0 {
		return vanishing.English
	}
	return subjects[0].Diagnosis.Language
}
