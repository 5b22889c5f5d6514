package page

import (
	"math"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// theory is the prediction for the first step, with the layers as columns.
type theory struct {
	profile.Theory
	Columns map[string]numbers `json:"columns"`
}

// theoryColumns are the columns that the page draws, by their keys in JSON.
var theoryColumns = map[string]func(*profile.LayerTheory) profile.Number{
	"delta": func(t *profile.LayerTheory) profile.Number { return t.Delta },
	"band":  func(t *profile.LayerTheory) profile.Number { return t.Band },
	"z":     func(t *profile.LayerTheory) profile.Number { return t.Z },
	"step":  func(t *profile.LayerTheory) profile.Number { return t.Step },
}

func theoryOf(d vanishing.Diagnosis) *theory {
	p := d.Profile
	if p.Theory == nil {
		return nil
	}
	t := &theory{Theory: *p.Theory, Columns: make(map[string]numbers)}
	t.None, t.Layers, t.Paths = d.Language.Stored(t.None), nil, roundedList(t.Paths)
	for name, of := range theoryColumns {
		column := numbers{}
		for _, l := range p.Theory.Layers {
			v := math.NaN()
			if l != nil {
				v = float64(of(l))
			}
			column = append(column, v)
		}
		t.Columns[name] = column
	}
	return t
}

// maxPaths is the most spectra that the page holds.
const maxPaths = 40

func pathsOf(p vanishing.Profile) []profile.Paths {
	list := []profile.Paths{}
	for _, i := range evenly.Pick(len(p.Paths), maxPaths, -1) {
		s := p.Paths[i]
		s.Shares, s.Expected, s.Mean, s.Error = roundedList(s.Shares), nil, rounded(s.Mean), rounded(s.Error)
		list = append(list, s)
	}
	return list
}

// maxTrialLayers is the most layers of a trial's small profile.
const maxTrialLayers = 120

func trialsOf(d vanishing.Diagnosis) []profile.Trial {
	list := []profile.Trial{}
	for _, t := range d.Profile.Trials {
		t.Name, t.Note = d.Language.Stored(t.Name), d.Language.Stored(t.Note)
		if t.Outcome != nil {
			o := *t.Outcome
			o.Delta = nil
			for _, l := range evenly.Pick(len(t.Outcome.Delta), maxTrialLayers, -1) {
				o.Delta = append(o.Delta, rounded(t.Outcome.Delta[l]))
			}
			t.Outcome = &o
		}
		list = append(list, t)
	}
	return list
}
