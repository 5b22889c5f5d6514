package machine

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pkg/errors"
)

// traceEvent is a complete event of the Trace Event Format, times in microseconds.
type traceEvent struct {
	Name     string            `json:"name"`
	Category string            `json:"cat"`
	Phase    string            `json:"ph"`
	Start    float64           `json:"ts"`
	Duration float64           `json:"dur"`
	Process  int               `json:"pid"`
	Thread   int               `json:"tid"`
	Args     map[string]string `json:"args"`
}

// WriteTrace writes the timing as a file that chrome://tracing and ui.perfetto.dev open. Operations that ran at the same
// time are shown on tracks of their own.
func (p *Timing) WriteTrace(w io.Writer) error {
	events := []traceEvent{}
	for _, s := range p.Steps {
		for _, t := range s.Times {
			events = append(events, traceEvent{
				Name: s.Op, Category: "op", Phase: "X", Process: 1,
				Start: microseconds(t.Start), Duration: microseconds(t.Duration),
				Args: map[string]string{"layer": s.Layer, "node": fmt.Sprint(s.Node), "shape": fmt.Sprint(s.Shape)},
			})
		}
	}
	slices.SortStableFunc(events, func(a, b traceEvent) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	setTracks(events)
	err := json.NewEncoder(w).Encode(map[string]any{"traceEvents": events, "displayTimeUnit": "ns"})
	return errors.Wrap(err, "machine: writing the trace")
}

// setTracks puts each event on the first track that is free when it begins.
func setTracks(events []traceEvent) {
	var free []float64 // time from which on each track is free
	for i, e := range events {
		track := slices.IndexFunc(free, func(t float64) bool { return t <= e.Start })
		if track < 0 {
			track = len(free)
			free = append(free, 0)
		}
		free[track] = e.Start + e.Duration
		events[i].Thread = track + 1
	}
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
