package report

import (
	"fmt"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// sharpnessTable shows the curvature of the loss, step by step.
func sharpnessTable(say vanishing.Language, p vanishing.Profile) table {
	g := table{
		title: say.Text("Sharpness of the loss, the largest eigenvalue of its Hessian:"),
		head:  []string{say.Text("step"), say.Text("sharpness"), say.Text("limit"), say.Text("over limit"), say.Text("sharpest layer"), say.Text("its own")}, left: 4,
		note: say.Text("limit: beyond it the optimiser's steps along the sharpest direction overshoot more each time. sharpest layer: the one whose own parameters give the largest eigenvalue."),
	}
	picked := pick(len(p.Sharpness), nil)
	for i, k := range picked {
		if row := gap(say, picked, i, "measurement"); row != nil {
			g.rows = append(g.rows, row)
		}
		s := p.Sharpness[k]
		row := []string{fmt.Sprint(s.Step), number(s.Value), "-", "-", "-", "-"}
		if s.Limit > 0 {
			row[2], row[3] = number(s.Limit), number(s.Value/s.Limit)
		}
		if l := sharpest(s); l >= 0 {
			row[4], row[5] = p.Layers[l].Path, number(s.Layers[l])
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// sharpest is the layer of the largest eigenvalue; -1 if none is known.
func sharpest(s profile.Sharpness) int {
	at := -1
	for l, v := range s.Layers {
		if at < 0 && v == v || at >= 0 && v > s.Layers[at] {
			at = l
		}
	}
	return at
}
