package page

import (
	"math"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
)

// sequences are the recurrent layers of a run, from input to output.
type sequences struct {
	Steps []int      `json:"steps"` // the training steps with their gradients
	List  []sequence `json:"list"`
}

// A sequence is one of them. Lists of numbers are by lag, which is the number of steps back from the last.
type sequence struct {
	Layer int       `json:"layer"` // index in the layers of the run
	Lags  []int     `json:"lags"`  // from 0, in order
	Delta []numbers `json:"delta"` // RMS(delta), by training step

	Expected numbers `json:"expected"` // RMS(delta) over that at lag 0 of the sequence Anchor, by theory; empty without a prediction
	Anchor   int     `json:"anchor"`

	HorizonE    int `json:"horizon_e"` // lag at which the gradient has fallen by e; 0 if it does not
	Horizon1000 int `json:"horizon_1000"`
}

// sequencesOf selects those of the records that have them, with at most so many cells, which are layers times lags times records.
func sequencesOf(d vanishing.Diagnosis, records []int, cells int) sequences {
	p := d.Profile
	s := sequences{Steps: []int{}, List: []sequence{}}
	if len(p.Sequences) == 0 {
		return s
	}
	row := cells / len(p.Sequences)
	longest := 1
	for i := range p.Sequences {
		one := p.Sequences[i]
		q := sequence{Layer: one.Layer, Lags: []int{}, Delta: []numbers{}, Expected: numbers{}}
		for _, k := range lagOrder(d, i, row) {
			q.Lags = append(q.Lags, one.Lag(k))
			if t := one.Theory; t != nil && t.None == "" {
				q.Expected, q.Anchor = append(q.Expected, math.Pow(10, float64(t.Delta[k]))), t.Anchor
			}
		}
		if i < len(d.Sequences) && d.Sequences[i].Trend != nil { // no trends without finite records
			q.HorizonE, q.Horizon1000 = d.Sequences[i].Trend.HorizonE, d.Sequences[i].Trend.Horizon1000
		}
		longest = max(longest, len(q.Lags))
		s.List = append(s.List, q)
	}
	var with []int
	for _, record := range records {
		if len(p.Records[record].Details.Sequences) > 0 {
			with = append(with, record)
		}
	}
	for _, at := range evenly.Pick(len(with), row/longest, -1) {
		r := &p.Records[with[at]]
		s.Steps = append(s.Steps, r.Step)
		for i := range s.List {
			delta := numbers{}
			for _, k := range lagOrder(d, i, row) {
				delta = append(delta, float64(r.Details.Sequences[i].DeltaRMS[k]))
			}
			s.List[i].Delta = append(s.List[i].Delta, delta)
		}
	}
	return s
}

// lagOrder are indices of at most n recorded steps of a sequence, by lag.
func lagOrder(d vanishing.Diagnosis, i, n int) []int {
	one := d.Profile.Sequences[i]
	picked := evenly.Pick(len(one.At), n, -1)
	for k, at := range picked {
		if !one.Reverse {
			picked[k] = len(one.At) - 1 - at
		}
	}
	return picked
}
