package page

import (
	"math"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The most attentions whose numbers the page holds, and the most steps with maps.
const (
	maxAttentions = 48
	maxMapSteps   = 8
)

// attentions are some attentions of a run. Lists of numbers are by attention and by step of the details.
type attentions struct {
	List    []attention `json:"list"`
	Logits  []numbers   `json:"logits"`  // the largest of all heads
	Spreads []numbers   `json:"spreads"` // the mean of the heads
	Before  []numbers   `json:"before"`  // how alike tokens are
	After   []numbers   `json:"after"`

	MapSteps []int `json:"map_steps"`
}

// An attention is one of them, with its maps by step; nil without maps.
type attention struct {
	profile.Attention
	Maps    []profile.AttentionMap `json:"maps"`
	Spreads []numbers              `json:"spreads"` // of the heads, in the same steps
}

// attentionsOf selects attentions of a profile in the records of the details, with at most so many cells in maps.
func attentionsOf(p vanishing.Profile, records []int, cells int) attentions {
	a := attentions{List: []attention{}, MapSteps: []int{}}
	chosen := evenly.Pick(len(p.Attentions), maxAttentions, -1)
	for _, i := range chosen {
		a.List = append(a.List, attention{Attention: p.Attentions[i]})
		logits, spreads, before, after := make(numbers, len(records)), make(numbers, len(records)), make(numbers, len(records)), make(numbers, len(records))
		for k, record := range records {
			logits[k], spreads[k], before[k], after[k] = attentionNumbers(p.Records[record].Details, i)
		}
		a.Logits, a.Spreads, a.Before, a.After = append(a.Logits, logits), append(a.Spreads, spreads), append(a.Before, before), append(a.After, after)
	}
	a.addMaps(p, chosen, cells)
	return a
}

// attentionNumbers are the largest logit, the mean spread and both cosines; NaN if they are unknown.
func attentionNumbers(d *profile.Details, i int) (logit, spread, before, after float64) {
	nan := math.NaN()
	if d == nil || i >= len(d.Attentions) || len(d.Attentions[i].Heads) == 0 {
		return nan, nan, nan, nan
	}
	one := d.Attentions[i]
	logit = math.Inf(-1)
	for _, h := range one.Heads {
		logit, spread = max(logit, float64(h.LargestLogit)), spread+h.Spread()/float64(len(one.Heads))
	}
	return logit, spread, float64(one.CosineIn), float64(one.CosineOut)
}

// addMaps adds the maps of as many steps as fit, the last one first; if one does not fit, of as many attentions.
func (a *attentions) addMaps(p vanishing.Profile, chosen []int, cells int) {
	var with []int
	largest := 0
	for k := range p.Records {
		r := &p.Records[k]
		if r.Histograms == nil || r.Details == nil || len(r.Histograms.Attentions) == 0 {
			continue
		}
		with = append(with, k)
		size := 0
		for _, i := range chosen {
			m := r.Histograms.Attentions[i]
			size += m.Rows * m.Columns * len(m.Heads)
		}
		largest = max(largest, size)
	}
	if largest == 0 {
		return
	}
	steps := min(maxMapSteps, len(with), cells/largest)
	mapped := chosen
	if steps == 0 {
		steps = 1
		mapped = chosen[:len(chosen)*cells/largest]
	}
	picked := evenly.Pick(len(with), steps, -1)
	if steps == 1 {
		picked = []int{len(with) - 1}
	}
	for _, k := range picked {
		r := &p.Records[with[k]]
		a.MapSteps = append(a.MapSteps, r.Step)
		for at, i := range mapped {
			one := &a.List[at]
			spreads := numbers{}
			for _, h := range r.Details.Attentions[i].Heads {
				spreads = append(spreads, h.Spread())
			}
			one.Maps, one.Spreads = append(one.Maps, r.Histograms.Attentions[i]), append(one.Spreads, spreads)
		}
	}
}
