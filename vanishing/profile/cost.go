package profile

import (
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// Cost is the time that recording took of a run, in seconds of wall time.
type Cost struct {
	Run       float64 `json:"run_s"`       // from the first step to the end of the last
	Recording float64 `json:"recording_s"` // in the recorder's code, extrapolated from a sample of the recorded steps
	Once      float64 `json:"once_s"`      // for the theory and the path-length spectra; part of Run, not of Recording
}

// Share is Recording as a share of the run's time without Once; 0 if no time is left.
func (c Cost) Share() float64 {
	if c.Run <= c.Once {
		return 0
	}
	return c.Recording / (c.Run - c.Once)
}

// String is the cost as "1.2 % of the run: 0.12 s of 10 s".
func (c Cost) String() string { return c.In(lang.English) }

// In is [Cost.String] in another language.
func (c Cost) In(language lang.Language) string {
	text := language.Sprintf("%.1f %% of the run: %s s of %s s", 100*c.Share(), words.Human(c.Recording), words.Human(c.Run-c.Once))
	if c.Once > 0 {
		text += language.Sprintf("; besides, %s s for theory, paths and sharpness", words.Human(c.Once))
	}
	return text
}
