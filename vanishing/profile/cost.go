package profile

import (
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// Cost is what recording took of a run's time, in seconds of a clock.
type Cost struct {
	Run       float64 `json:"run_s"`       // from the first step to the end of the last
	Recording float64 `json:"recording_s"` // in the recorder's own code: measured in some of the recorded steps, and scaled up
	Once      float64 `json:"once_s"`      // besides, for the prediction of theory and the spectra of paths
}

// Share is the part of the run's time that recording took; 0 if the run took none.
func (c Cost) Share() float64 {
	if c.Run <= c.Once {
		return 0
	}
	return c.Recording / (c.Run - c.Once)
}

// String says what recording cost, as "1.2 % of the run: 0.12 s of 10 s".
func (c Cost) String() string { return c.In(lang.English) }

// In says it in a language.
func (c Cost) In(language lang.Language) string {
	text := language.Sprintf("%.1f %% of the run: %s s of %s s", 100*c.Share(), words.Human(c.Recording), words.Human(c.Run-c.Once))
	if c.Once > 0 {
		text += language.Sprintf("; besides, %s s for theory and paths", words.Human(c.Once))
	}
	return text
}
