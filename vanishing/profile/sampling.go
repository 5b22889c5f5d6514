package profile

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// Sampling says which steps of a run are in a profile.
type Sampling struct {
	Norms      string `json:"norms"`      // the schedule of the norms, as "every step"
	Details    string `json:"details"`    // that of the details
	Histograms string `json:"histograms"` // that of the histograms
	Layers     string `json:"layers"`     // the pattern of the layers that were watched; empty for all
	Steps      int    `json:"steps"`      // steps the run has made
	Recorded   int    `json:"recorded"`   // steps recorded
	Kept       int    `json:"kept"`       // of them, those still in Records: see Recorder.MaxRecords
}

// String says which steps were recorded and how many of them are in the profile, as "every step; details every 10 steps;
// 1000 of 100000 recorded steps kept". It is empty for a profile put together by hand that says nothing of it.
func (s Sampling) String() string {
	var parts []string
	add := func(prefix, text string) {
		if text != "" {
			parts = append(parts, prefix+text)
		}
	}
	add("", s.Norms)
	if s.Details != s.Norms {
		add("details ", s.Details)
	}
	add("histograms ", s.Histograms)
	add("layers ", s.Layers)
	if s.Recorded > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s kept", s.Kept, words.Count(s.Recorded, "recorded step")))
	}
	return strings.Join(parts, "; ")
}
