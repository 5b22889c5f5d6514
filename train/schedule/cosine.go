package schedule

import (
	"math"

	"github.com/pkg/errors"
)

// Cosine falls from 1 to Min along half a cosine (Loshchilov & Hutter 2017, eq. 5), as torch's CosineAnnealingLR. After Steps it stays
// at Min; PyTorch's rises again.
type Cosine struct {
	Steps int     // 0 means the whole run
	Min   float64 // PyTorch's eta_min divided by the rate
}

// At implements Schedule. It is 1 if the run's length is not known.
func (c Cosine) At(step, total int) float64 {
	steps := length(c.Steps, total)
	if steps == 0 {
		return 1
	}
	return cosine(1, c.Min, min(1, float64(step)/steps))
}

// Validate implements Schedule.
func (c Cosine) Validate() error {
	return check("Cosine", limit{"Steps", float64(c.Steps), inf}, limit{"Min", c.Min, 1})
}

// cosine is the value at a share of the way from one value to another, along half a cosine.
func cosine(from, to, share float64) float64 { return to + (from-to)*(1+math.Cos(math.Pi*share))/2 }

// Restarts is [Cosine] that begins again after each period (Loshchilov & Hutter 2017), as torch's CosineAnnealingWarmRestarts.
type Restarts struct {
	First  int     // steps of the first period; 0 means the whole run
	Factor int     // each period is that many times as long as the one before; 0 means 1
	Min    float64 // PyTorch's eta_min divided by the rate
}

// At implements Schedule. It is 1 if the first period's length is not known.
func (r Restarts) At(step, total int) float64 {
	period := int(length(r.First, total))
	if period == 0 {
		return 1
	}
	for factor := orDefault(r.Factor, 1); step >= period; period *= factor {
		if factor == 1 {
			step %= period
			break
		}
		step -= period
	}
	return cosine(1, r.Min, float64(step)/float64(period))
}

// Validate implements Schedule.
func (r Restarts) Validate() error {
	return check("Restarts", limit{"First", float64(r.First), inf}, limit{"Factor", float64(r.Factor), inf}, limit{"Min", r.Min, 1})
}

// OneCycle rises to the optimiser's rate and falls far below the first one (Smith & Topin 2018), as torch's OneCycleLR, whose max_lr is
// the optimiser's rate. The momentum stays as it is; PyTorch's cycles it unless told otherwise.
type OneCycle struct {
	Steps      int     // 0 means the whole run
	Rise       float64 // share of the steps in which the rate rises, PyTorch's pct_start; 0 means 0.3
	Div        float64 // the first rate is the highest divided by this; 0 means 25
	FinalDiv   float64 // the last rate is the first one divided by this; 0 means 1e4
	Straight   bool    // along lines in place of cosines, PyTorch's anneal_strategy "linear"
	ThreePhase bool    // fall to the first rate as fast as it rose, and only then to the last one
}

// At implements Schedule. It is 1 if the run's length is not known.
func (o OneCycle) At(step, total int) float64 {
	steps := length(o.Steps, total)
	if steps == 0 {
		return 1
	}
	first := 1 / orDefault(o.Div, 25)
	last := first / orDefault(o.FinalDiv, 1e4)
	rise := orDefault(o.Rise, 0.3)*steps - 1
	ends, values := []float64{rise, steps - 1}, []float64{first, 1, last}
	if o.ThreePhase {
		ends, values = []float64{rise, 2 * rise, steps - 1}, []float64{first, 1, first, last}
	}
	begin, t := 0.0, float64(step)
	for i, end := range ends {
		if t <= end && begin < end {
			return o.between(values[i], values[i+1], (t-begin)/(end-begin))
		}
		begin = end
	}
	return last
}

func (o OneCycle) between(from, to, share float64) float64 {
	if o.Straight {
		return from + (to-from)*share
	}
	return cosine(from, to, share)
}

// Validate implements Schedule.
func (o OneCycle) Validate() error {
	if o.ThreePhase && o.Rise > 0.5 {
		return errors.Errorf("schedule: OneCycle.Rise: got %g with ThreePhase, want at most 0.5, as the rate falls as long as it rises", o.Rise)
	}
	return check("OneCycle", limit{"Steps", float64(o.Steps), inf}, limit{"Rise", o.Rise, 1}, limit{"Div", o.Div, inf},
		limit{"FinalDiv", o.FinalDiv, inf})
}
