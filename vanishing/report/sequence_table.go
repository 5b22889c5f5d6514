package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxSequenceColumns is the number of recurrent layers that the table by lag has columns for.
const maxSequenceColumns = 6

// sequenceTables show the gradient of recurrent layers over their steps: a row for each layer, then a row for each of some lags.
func sequenceTables(d vanishing.Diagnosis) []table {
	if len(d.Sequences) == 0 {
		return nil
	}
	return []table{horizonTable(d), lagTable(d)}
}

// horizonTable shows how far the gradient of each recurrent layer reaches, and why.
func horizonTable(d vanishing.Diagnosis) table {
	p, say := d.Profile, d.Language
	g := table{
		title: say.Text("Recurrent layers over time:"),
		head: []string{say.Text("layer"), say.Text("cell"), say.Text("per step"), "1/e", "1/1000", say.Text("change"),
			say.Text("expected"), say.Text("radius"), say.Text("carry"), say.Text("gate")},
		note: say.Text("per step: factor of the gradient for each step back, by a line through all steps. 1/e, 1/1000: steps back at which the gradient has fallen so far. change: decades from the last step to the first in the first record; expected: by mean-field theory. radius: spectral radius of the recurrent weight. carry: share of the squared gradient from the step after that passes through the cell's carry, by the median over the steps; gate: median of the carry's factor, the forget gate of an LSTM and the update gate of a GRU."),
	}
	picked := pick(len(d.Sequences), nil)
	for k, i := range picked {
		if row := gap(say, picked, k, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		s, t := p.Sequences[i], d.Sequences[i]
		row := []string{p.Layers[s.Layer].Path, string(s.Cell), "-", "-", "-", decades(t.Measured), decades(t.Expected), "-", percent(t.Share, 0), ratio2(t.Gate)}
		if t.Trend != nil {
			row[2], row[3], row[4] = ratio2(math.Pow(10, -t.Trend.Slope)), horizon(t.Trend.HorizonE), horizon(t.Trend.Horizon1000)
		}
		if s.Theory != nil && s.Theory.Radius > 0 {
			row[7] = ratio2(float64(s.Theory.Radius))
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// horizon is a number of steps; a dash if the gradient does not fall so far.
func horizon(steps int) string {
	if steps == 0 {
		return "-"
	}
	return fmt.Sprint(steps)
}

// ratio2 writes a factor near 1, and NaN as a dash.
func ratio2(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3g", v)
}

// lagTable shows the gradient at some lags, with the share of the carry.
func lagTable(d vanishing.Diagnosis) table {
	p, say := d.Profile, d.Language
	g := table{
		title: say.Text("Gradient dL/dz of the recurrent layers by steps back from the last, and the share of the carry:"),
		head:  []string{say.Text("lag")},
	}
	shown := min(len(d.Sequences), maxSequenceColumns)
	steps := 0
	for i := range shown {
		g.head = append(g.head, p.Layers[p.Sequences[i].Layer].Path)
		if d.Sequences[i].CarryShares != nil {
			g.head = append(g.head, say.Text("carry"))
		}
		steps = max(steps, p.Sequences[i].Steps)
	}
	for _, lag := range lags(steps) {
		row := []string{fmt.Sprint(lag)}
		for i := range shown {
			size, share := atLag(p.Sequences[i], d.Sequences[i], lag)
			if row = append(row, ratio(size)); d.Sequences[i].CarryShares != nil {
				row = append(row, percent(share, 0))
			}
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// lags are 0, 1, 2, 5, 10, 20, ... and the last of so many steps.
func lags(steps int) []int {
	list := []int{0}
	for decade := 1; decade < steps && len(list) < maxRows; decade *= 10 {
		for _, lag := range []int{decade, 2 * decade, 5 * decade} {
			if lag < steps-1 {
				list = append(list, lag)
			}
		}
	}
	if steps > 1 {
		list = append(list, steps-1)
	}
	return list
}

// atLag is the gradient at the recorded step nearest to a lag, and the share of its carry; NaN beyond the first step.
func atLag(s profile.Sequence, t diagnose.SequenceTrend, lag int) (size, share float64) {
	if size, share = math.NaN(), math.NaN(); lag >= s.Steps {
		return size, share
	}
	nearest := math.MaxInt
	for k := range t.DeltaRMS {
		if distance := max(s.Lag(k)-lag, lag-s.Lag(k)); distance < nearest {
			nearest, size = distance, t.DeltaRMS[k]
			if t.CarryShares != nil {
				share = t.CarryShares[k]
			}
		}
	}
	return size, share
}
