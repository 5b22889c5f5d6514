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

// A Size is how much the page may hold.
type Size struct {
	Bytes   int // about
	Records int // of a profile that are looked at, verdict and all, but for the loss
}

// The sizes of a page of its own, and of one that changes many times a second.
var (
	Whole = Size{Bytes: 4 << 20, Records: 20_000}
	Brief = Size{Bytes: 160 << 10, Records: 200}
)

// Data is the profiles as JSON for the page: of long runs and deep networks it holds so many of the records, evenly spread,
// that they fit the size. The page says how many. It is the same for the same profiles, and has no characters that could end
// a script.
func Data(profiles []vanishing.Profile, size Size) ([]byte, error) {
	return fit(judged(profiles, size.Records), size.Bytes)
}

// A subject is a profile that has been looked at, with all text in it printable.
type subject struct {
	all       vanishing.Profile
	seen      vanishing.Profile // what was looked at
	diagnosis vanishing.Diagnosis
}

func judged(profiles []vanishing.Profile, records int) []subject {
	var list []subject
	for _, p := range printable.Copy(profiles) {
		seen := Thin(p, records)
		list = append(list, subject{p, seen, vanishing.Diagnose(seen)})
	}
	return list
}

// fit writes as much as goes into a number of bytes.
func fit(subjects []subject, bytes int) ([]byte, error) {
	// A number takes about nine bytes. The norms, the details and the histograms get about a third of the bytes each.
	cells := bytes / (9 * (len(norms) + len(details)/4) * max(len(subjects), 1))
	s := share{cells, cells / 25}
	for {
		d := data{quantities{norms, details}, []run{}}
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
