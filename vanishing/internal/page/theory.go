package page

import (
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/evenly"
)

// theory is the prediction for the first step.
type theory struct {
	None  string  `json:"none"`
	Delta numbers `json:"delta"`
	Band  numbers `json:"band"`
	Z     numbers `json:"z"`
	Step  numbers `json:"step"`
	Paths numbers `json:"paths"` // expected shares of the path lengths; empty if there are none
	Xi    number  `json:"xi"`
	Beta  number  `json:"beta"`
}

func theoryOf(d vanishing.Diagnosis) *theory {
	t := d.Profile.Theory
	if t == nil {
		return nil
	}
	return &theory{d.Language.Stored(t.None), t.Delta, t.Band, t.Z, t.Step, t.Paths, number(t.Xi), number(t.Beta)}
}

// paths is a path-length spectrum.
type paths struct {
	Step   int     `json:"step"`
	Shares numbers `json:"shares"`
	Mean   number  `json:"mean"`
	Error  number  `json:"error"`
}

// maxPaths is the most spectra that the page holds.
const maxPaths = 40

func pathsOf(p vanishing.Profile) []paths {
	list := []paths{}
	for _, i := range evenly.Pick(len(p.Paths), maxPaths, -1) {
		s := p.Paths[i]
		list = append(list, paths{s.Step, s.Shares, number(s.Mean), number(s.Error)})
	}
	return list
}

// trial is a remedy that was tried.
type trial struct {
	Name   string  `json:"name"`
	Code   string  `json:"code"`
	Note   string  `json:"note"`
	Tried  bool    `json:"tried"`
	Change number  `json:"change"`
	Delta  numbers `json:"delta"`
	Early  number  `json:"early"`
	Late   number  `json:"late"`
	Loss   number  `json:"loss"`
	After  number  `json:"after"`
}

// maxTrialLayers is the most layers of a trial's small profile.
const maxTrialLayers = 120

func trialsOf(d vanishing.Diagnosis) []trial {
	say := d.Language
	list := []trial{}
	for _, t := range d.Profile.Trials {
		var delta numbers
		for _, l := range evenly.Pick(len(t.Delta), maxTrialLayers, -1) {
			delta = append(delta, t.Delta[l])
		}
		list = append(list, trial{say.Stored(t.Name), t.Code, say.Stored(t.Note), t.Tried, number(t.Change), delta,
			number(t.Early), number(t.Late), number(t.Loss), number(t.After)})
	}
	return list
}
