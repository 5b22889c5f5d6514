package vanishing

import (
	"fmt"
	"strings"
)

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
		parts = append(parts, fmt.Sprintf("%d of %s kept", s.Kept, count(s.Recorded, "recorded step")))
	}
	return strings.Join(parts, "; ")
}

// Share is the part of the run's time that recording took; 0 if the run took none.
func (c Cost) Share() float64 {
	if c.Run <= c.Once {
		return 0
	}
	return c.Recording / (c.Run - c.Once)
}

// String says what recording cost, as "1.2 % of the run: 0.12 s of 10 s".
func (c Cost) String() string {
	text := fmt.Sprintf("%.1f %% of the run: %s s of %s s", 100*c.Share(), human(c.Recording), human(c.Run-c.Once))
	if c.Once > 0 {
		text += fmt.Sprintf("; besides, %s s for theory and paths", human(c.Once))
	}
	return text
}
