package profile

import (
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
)

// Sampling says which steps of a run are in a profile.
type Sampling struct {
	Norms      string `json:"norms,omitempty"`      // schedule of the norms, as "every step"
	Details    string `json:"details,omitempty"`    // schedule of the details
	Histograms string `json:"histograms,omitempty"` // schedule of the histograms
	Layers     string `json:"layers,omitempty"`     // pattern of the recorded layers; empty for all
	Steps      int    `json:"steps,omitempty"`      // steps that the run made
	Recorded   int    `json:"recorded,omitempty"`   // steps that were recorded
	Kept       int    `json:"kept,omitempty"`       // recorded steps that are still in Records: see Recorder.MaxRecords
}

// String is the sampling as "every step; details every 10 steps; 1000 of 100000 recorded steps kept"; empty for the zero
// value.
func (s Sampling) String() string { return s.In(lang.English) }

// In is [Sampling.String] in another language.
func (s Sampling) In(language lang.Language) string {
	var parts []string
	if s.Norms != "" {
		parts = append(parts, language.Stored(s.Norms))
	}
	if s.Details != "" && s.Details != s.Norms {
		parts = append(parts, language.Sprintf("details %s", language.Stored(s.Details)))
	}
	if s.Histograms != "" {
		parts = append(parts, language.Sprintf("histograms %s", language.Stored(s.Histograms)))
	}
	if s.Layers != "" {
		parts = append(parts, language.Text("layers")+" "+s.Layers)
	}
	if s.Recorded > 0 {
		parts = append(parts, language.Sprintf("%d of %s kept", s.Kept, language.Count(s.Recorded, "recorded step")))
	}
	return strings.Join(parts, language.Text("; "))
}
