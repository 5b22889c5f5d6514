package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxLags is the number of lags that fit into 76 columns beside a name.
const maxLags = 6

// sequenceTables show the gradient of recurrent layers over their steps: how far it reaches, what theory expects, and its size at some
// lags.
func sequenceTables(d vanishing.Diagnosis) []table {
	if len(d.Sequences) == 0 {
		return nil
	}
	return []table{horizonTable(d), expectationTable(d), lagTable(d)}
}

// horizonTable shows how far the gradient of each recurrent layer reaches, and through what.
func horizonTable(d vanishing.Diagnosis) table {
	p, say := d.Profile, d.Language
	g := table{
		title: say.Text("Recurrent layers over time:"),
		head:  []string{say.Text("steps"), say.Text("layer"), say.Text("cell"), say.Text("per step"), "1/e", "1/1000", say.Text("carry"), say.Text("gate")}, left: 1,
		note: say.Text("per step: factor of the gradient for each step back, by a line through all steps. 1/e, 1/1000: steps back at which the gradient has fallen so far. carry: share of the squared gradient from the step after that passes through the cell's carry, by the median over the steps; gate: median of the carry's factor, the forget gate of an LSTM and the update gate of a GRU."),
	}
	picked := pick(len(d.Sequences), nil)
	for k, i := range picked {
		if row := gap(say, picked, k, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		s, t := p.Sequences[i], d.Sequences[i]
		row := []string{fmt.Sprint(s.Steps), p.Layers[s.Layer].Path, string(s.Cell), "-", "-", "-", percent(t.Share, 0), factor(t.Gate)}
		if t.Trend != nil {
			row[3], row[4], row[5] = factor(math.Pow(10, -t.Trend.Slope)), horizon(t.Trend.HorizonE), horizon(t.Trend.Horizon1000)
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// expectationTable shows what theory expects of recurrent layers, where it knows anything of them.
func expectationTable(d vanishing.Diagnosis) table {
	p, say := d.Profile, d.Language
	g := table{
		title: say.Text("The same at the start, beside mean-field theory:"),
		head:  []string{say.Text("layer"), say.Text("measured"), say.Text("expected"), say.Text("per step"), say.Text("radius")},
		note:  say.Text("measured, expected: decades from the last step to the first in the first record, and by theory. per step: expected factor for each step back. radius: spectral radius of the recurrent weight, the factor of each step in a linear network."),
	}
	for _, i := range pick(len(d.Sequences), nil) {
		s, t := p.Sequences[i].Theory, d.Sequences[i]
		if s == nil || s.None != "" && s.Radius == 0 {
			continue
		}
		g.rows = append(g.rows, []string{p.Layers[p.Sequences[i].Layer].Path, decades(t.Measured), decades(t.Expected), positive(s.Rate), positive(s.Radius)})
	}
	return g
}

// positive writes a factor, and 0, which is an unknown one, as a dash.
func positive(v profile.Number) string {
	if v == 0 {
		return "-"
	}
	return factor(float64(v))
}

// horizon is a number of steps; a dash if the gradient does not fall so far.
func horizon(steps int) string {
	if steps == 0 {
		return "-"
	}
	return fmt.Sprint(steps)
}

// factor writes a factor near 1, and NaN as a dash.
func factor(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3g", v)
}

// lagTable shows the gradient of the layers at some lags, with the share of the carry.
func lagTable(d vanishing.Diagnosis) table {
	p, say := d.Profile, d.Language
	g := table{
		title: say.Text("Gradient dL/dz of the recurrent layers by steps back from the last, and the share of the carry:"),
		head:  []string{say.Text("steps back")},
	}
	picked := pick(len(d.Sequences), nil)
	steps := 0
	for _, i := range picked {
		steps = max(steps, p.Sequences[i].Steps)
	}
	columns := lags(steps)
	for _, lag := range columns {
		g.head = append(g.head, fmt.Sprint(lag))
	}
	for _, i := range picked {
		row, carry := []string{p.Layers[p.Sequences[i].Layer].Path}, []string{"  " + say.Text("carry")}
		for _, lag := range columns {
			size, share := atLag(p.Sequences[i], d.Sequences[i], lag)
			row, carry = append(row, ratio(size)), append(carry, percent(share, 0))
		}
		if g.rows = append(g.rows, row); d.Sequences[i].CarryShares != nil {
			g.rows = append(g.rows, carry)
		}
	}
	return g
}

// lags are some of 0, 1, 2, 5, 10, 20, ... and the last of so many steps.
func lags(steps int) (some []int) {
	list := []int{0}
	for decade := 1; decade < steps && decade <= math.MaxInt/50; decade *= 10 {
		for _, lag := range []int{decade, 2 * decade, 5 * decade} {
			if lag < steps-1 {
				list = append(list, lag)
			}
		}
	}
	if steps > 1 {
		list = append(list, steps-1)
	}
	for _, i := range evenly.Pick(len(list), maxLags, -1) {
		some = append(some, list[i])
	}
	return some
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
