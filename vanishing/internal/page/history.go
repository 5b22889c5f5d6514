package page

import (
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The most points of a curve over the steps, and of the scores of epochs.
const (
	maxPoints = 1200
	maxEpochs = 300
)

// A curve is a number over the steps. It has no points if the number is not known of any step.
type curve struct {
	Steps  []int   `json:"steps"`
	Values numbers `json:"values"`
}

// curveOf returns at most n points of a number of records, among them the extremes.
func curveOf(records []vanishing.Record, n int, of func(*vanishing.Record) profile.Number) curve {
	values, known := make(numbers, len(records)), false
	for i := range records {
		values[i] = float64(of(&records[i]))
		known = known || values[i] != 0
	}
	c := curve{Steps: []int{}, Values: numbers{}}
	if !known {
		return c
	}
	for _, i := range extremes(values, n) {
		c.Steps, c.Values = append(c.Steps, records[i].Step), append(c.Values, values[i])
	}
	return c
}

func lossOf(r *vanishing.Record) profile.Number { return r.Loss }
func rateOf(r *vanishing.Record) profile.Number { return r.LearningRate }

// epochsOf returns at most n epochs with rounded scores.
func epochsOf(history []profile.Epoch, n int) []profile.Epoch {
	list := []profile.Epoch{}
	for _, i := range evenly.Pick(len(history), n, -1) {
		e := history[i]
		for _, score := range []**profile.Number{&e.TrainLoss, &e.TrainAccuracy, &e.ValLoss, &e.ValAccuracy} {
			if *score != nil {
				short := rounded(**score)
				*score = &short
			}
		}
		list = append(list, e)
	}
	return list
}
