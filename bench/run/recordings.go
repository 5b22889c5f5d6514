package main

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing"
)

// A recording is a way to record a training. Its cost is the time of some steps with it over that of as many without, with
// one step in each period the dearest.
type recording struct {
	name   string // of the rival
	about  string
	period int
	new    func() *vanishing.Recorder
}

// recordings are what is measured, on all networks. What records more, less often, belongs here; its period is one of windows.
var recordings = []recording{
	{"norms", "norms, every step", 1, func() *vanishing.Recorder { return &vanishing.Recorder{GradientsOnly: true} }},
	{"statistics", "everything, every 10 steps", 10, func() *vanishing.Recorder { return &vanishing.Recorder{Every: 10} }},
	{"everything", "everything, every step", 1, func() *vanishing.Recorder { return &vanishing.Recorder{} }},
}

// findRecording gives a recording by the name of its rival.
func findRecording(name string) (recording, bool) {
	for _, r := range recordings {
		if r.name == name {
			return r, true
		}
	}
	return recording{}, false
}

// longestPeriod is the number of steps in which each recording has shown all its costs.
func longestPeriod() int {
	longest := 1
	for _, r := range recordings {
		longest = max(longest, r.period)
	}
	return longest
}

// windows are the numbers of steps whose times are averaged, before the median is taken over a block.
var windows = []int{1, 10, 100}

// windowed is the median of the means of so many steps each; NaN if there are fewer.
func windowed(times []float64, window int) float64 {
	var means []float64
	for ; len(times) >= window; times = times[window:] {
		sum := 0.0
		for _, t := range times[:window] {
			sum += t
		}
		means = append(means, sum/float64(window))
	}
	return median(means)
}

// cost compares a recording with ours in the rounds in which both ran.
func cost(r recording, result *result) string {
	with, without := result.rivals[r.name], result.rivals[ours]
	if with == nil || without == nil {
		return "-"
	}
	at := slices.Index(windows, r.period)
	return overBy(with, without, func(s sample) float64 { return s.windows[at] }).String()
}

// recorded tells whether the recordings are measured in a configuration.
func (c configuration) recorded() bool { return c.optimizer == "sgd" }
