package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// The edge of stability: the sharpness over the limit of the optimiser's steps, which it comes to and stays near.
const (
	edgeFrom = 0.8
	edgeTo   = 1.5
)

// findEdge finds a sharpness near its limit in most of the second half of the measurements, while the loss falls.
func findEdge(r *ruleInput) []Finding {
	late := r.relativeSharpness()
	late = late[len(late)/2:]
	if len(late) < 3 || !r.falls() && !r.learns() {
		return nil
	}
	t := tally{known: len(late)}
	var all []float64
	for _, s := range late {
		all = append(all, s.times)
		if s.times >= edgeFrom && s.times <= edgeTo {
			if t.holds == 0 {
				t.first = s.step
			}
			t.holds++
		}
	}
	if !t.mostly() {
		return nil
	}
	f := Finding{
		Severity: Note, Step: t.first, Confidence: t.confidence(),
		Sentence: r.say.Text("The training is at the edge of stability: the loss is as sharp as the steps of the optimiser allow. This is usual, and no sickness: the loss falls, though not in every step."),
		Evidence: r.say.Sprintf("The largest eigenvalue of the Hessian is %s times the limit of the steps (geometric median of %s), and the loss goes from %.4g to %.4g.",
			words.Human(stat.GeometricMedian(all)), r.say.Count(len(late), "measurement"), r.told(r.lossAt(true)), r.told(r.lossAt(false))),
		check: true,
	}
	f.advise(r.say, option{text: r.say.Text("Nothing needs to change.")},
		option{r.say.Text("A lower learning rate makes the loss smoother, and the training slower."), "", learningRate, -1})
	return []Finding{f}
}

// A relative sharpness is that of a step over its limit.
type relative struct {
	step  int
	times float64
}

// relativeSharpness are the measurements whose limit is known.
func (r *ruleInput) relativeSharpness() []relative {
	var list []relative
	for _, s := range r.Sharpness {
		if times := float64(s.Value / s.Limit); s.Limit > 0 && !math.IsNaN(times) {
			list = append(list, relative{s.Step, times})
		}
	}
	return list
}

// sharpnessNote is evidence against steps that are too large: a sharpness beyond the edge of stability; empty without.
func (r *ruleInput) sharpnessNote() string {
	largest := relative{}
	for _, s := range r.relativeSharpness() {
		if s.times > largest.times {
			largest = s
		}
	}
	if largest.times <= edgeTo {
		return ""
	}
	return r.say.Sprintf("In step %d the loss was %s times as sharp as these steps allow.", largest.step, words.Human(largest.times))
}
