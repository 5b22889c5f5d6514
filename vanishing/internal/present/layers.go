package present

import (
	"cmp"

	"github.com/gradflow/gradflow/vanishing"
)

// Title is a network's name, or "network" without one.
func Title(p vanishing.Profile) string { return TitleIn(vanishing.English, p) }

// TitleIn is Title in a language.
func TitleIn(say vanishing.Language, p vanishing.Profile) string {
	return cmp.Or(p.Name, say.Text("network"))
}

// OnPath returns the values of the layers between input and output, without those of projections on skips.
func OnPath(p vanishing.Profile, values []float64) []float64 {
	var kept []float64
	for _, l := range p.Path() {
		kept = append(kept, values[l])
	}
	return kept
}

// Deltas lists the DeltaRMS of a record.
func Deltas(r vanishing.Record) []float64 {
	list := make([]float64, len(r.Layers))
	for i, l := range r.Layers {
		list[i] = float64(l.DeltaRMS)
	}
	return list
}

// LastDetailed is the last record with details; nil if there is none.
func LastDetailed(records []vanishing.Record) *vanishing.Record {
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Details != nil {
			return &records[i]
		}
	}
	return nil
}
