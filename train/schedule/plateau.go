package schedule

import "math"

// Plateau multiplies the rate by Factor when a score has not improved for more than Patience observations, as torch's
// ReduceLROnPlateau. A trainer lets it observe the validation loss after each epoch, or the training loss without validation data. A
// NaN is no improvement.
type Plateau struct {
	Factor    float64 // in (0, 1); 0 means 0.1
	Patience  int     // observations without improvement that are borne; 0 means 10
	Threshold float64 // least improvement that counts; 0 means 1e-4
	Absolute  bool    // the threshold is a difference; otherwise it is relative to the best score
	Higher    bool    // higher scores are better, PyTorch's mode "max"
	Cooldown  int     // observations after a reduction during which none counts as bad
	Min       float64 // least factor, PyTorch's min_lr divided by the rate

	State PlateauState // what it has seen
}

// A PlateauState is what a [Plateau] keeps between observations. Save and restore it to resume a run.
type PlateauState struct {
	Best    float64 // score, if HasBest
	HasBest bool
	Bad     int     // observations since the best one, or since the last reduction
	Cooling int     // observations left of the cooldown
	Factor  float64 // of the rate; 0 means 1
}

// At implements Schedule. It depends on what was observed alone.
func (p *Plateau) At(int, int) float64 { return orDefault(p.State.Factor, 1) }

// Observe implements Observer.
func (p *Plateau) Observe(score float64) {
	s := &p.State
	s.Bad++
	if p.better(score) {
		s.Best, s.HasBest, s.Bad = score, true, 0
	}
	if s.Cooling > 0 {
		s.Cooling--
		s.Bad = 0
	}
	if s.Bad > orDefault(p.Patience, 10) {
		s.Factor = max(p.Min, p.At(0, 0)*orDefault(p.Factor, 0.1))
		s.Cooling, s.Bad = p.Cooldown, 0
	}
}

// better reports whether a score improves on the best one by more than the threshold.
func (p *Plateau) better(score float64) bool {
	if !p.State.HasBest {
		return !math.IsNaN(score)
	}
	margin := orDefault(p.Threshold, 1e-4)
	if !p.Absolute {
		margin *= p.State.Best
	}
	if p.Higher {
		return score > p.State.Best+margin
	}
	return score < p.State.Best-margin
}

// Validate implements Schedule.
func (p *Plateau) Validate() error {
	return check("Plateau", limit{"Factor", p.Factor, 1}, limit{"Patience", float64(p.Patience), inf}, limit{"Threshold", p.Threshold, inf},
		limit{"Cooldown", float64(p.Cooldown), inf}, limit{"Min", p.Min, 1})
}
