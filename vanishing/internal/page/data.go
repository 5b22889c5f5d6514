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

// quantities are the catalogue of what is in the tiers.
type quantities struct {
	Norms   []quantity `json:"norms"`
	Details []quantity `json:"details"`
}

// The bytes, about, of a page of its own, and of one that changes many times a second.
const (
	Whole = 4 << 20
	Brief = 160 << 10
)

// A Subject is what the page is about: a profile, and the diagnosis of all its records or of fewer.
type Subject struct {
	Profile   vanishing.Profile
	Diagnosis vanishing.Diagnosis
}

// Data is the subjects as JSON for the page: of long runs and deep networks it holds so many of the records, evenly spread,
// that they fit a number of bytes. The page says how many. It is the same for the same profiles, and has no characters that could
// end a script.
func Data(subjects []Subject, bytes int) ([]byte, error) { return fit(printable.Copy(subjects), bytes) }

// fit writes as much of printable subjects as goes into a number of bytes.
func fit(subjects []Subject, bytes int) ([]byte, error) {
	// A number takes about nine bytes. The norms, the details and the histograms get about a third of the bytes each.
	cells := bytes / (9 * (len(norms) + len(details)/4) * max(len(subjects), 1))
	s, say := share{cells, cells / 25}, languageOf(subjects)
	for {
		d := data{quantities{inLanguage(say, norms), inLanguage(say, details)}, []run{}}
		for _, one := range subjects {
			d.Runs = append(d.Runs, newRun(one, s))
		}
		text, err := json.Marshal(d)
		if err != nil || len(text) <= bytes || s.cells <= 1 {
			return text, errors.Wrap(err, "page: data")
		}
		s = share{s.cells / 2, s.histograms / 2}
	}
}

// languageOf returns the language of a page: the first diagnosis has it.
func languageOf(subjects []Subject) vanishing.Language {
	if len(subjects) == 0 {
		return vanishing.English
	}
	return subjects[0].Diagnosis.Language
}
