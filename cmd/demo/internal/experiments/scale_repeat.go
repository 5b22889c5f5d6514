package experiments

import (
	"encoding/json"
	"math"
	"reflect"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// A scaleRepeat compares the results of a file with those of other networks that were measured with the same settings.
type scaleRepeat struct {
	Seed   uint64          `json:"seed"` // of the first of the other networks
	Checks []repeatedCheck `json:"checks"`
	Sweeps []repeatedSweep `json:"sweeps"`
}

// A repeatedCheck compares a check with another one.
type repeatedCheck struct {
	Family    string    `json:"family"`
	Rule      scaleRule `json:"rule"`
	Law       string    `json:"law"`       // that all exponents of the other follow; "" if there is none
	Same      bool      `json:"same"`      // whether law, findings and remedies are the same
	Exponents int       `json:"exponents"` // that were compared
	Apart     int       `json:"apart"`     // whose intervals have nothing in common
	Largest   number    `json:"largest"`   // difference of two exponents
	Layer     string    `json:"layer"`     // of it
	Quantity  string    `json:"quantity"`  // of it
}

// A repeatedSweep is what another search found.
type repeatedSweep struct {
	Family string    `json:"family"`
	Rule   scaleRule `json:"rule"`
	Best   []float64 `json:"best"` // by size
	Power  [3]number `json:"power"`
}

// readOther reads the results of other networks with the same settings.
func readOther(path string, settings scaleSettings) (other scaleResults, err error) {
	text, err := files.ReadRegular(path)
	if err != nil {
		return other, err
	}
	if err := json.Unmarshal(text, &other); err != nil {
		return other, errors.Wrap(err, path)
	}
	want := settings
	want.Seed = other.Settings.Seed
	if !reflect.DeepEqual(other.Settings, want) || other.Settings.Seed == settings.Seed {
		return other, errors.New(say.Sprintf("%s: got the settings %+v, want %+v with another seed", path, other.Settings, settings))
	}
	return other, nil
}

// compare adds the comparison with the results of other networks, in the place of an earlier one of the same networks.
func (r *scaleResults) compare(other scaleResults) {
	repeat := scaleRepeat{Seed: other.Settings.Seed}
	for _, c := range r.Checks {
		if o := other.find(c.Family, c.Rule); o != nil {
			repeat.Checks = append(repeat.Checks, compareChecks(c, *o))
		}
	}
	for _, w := range r.Sweeps {
		if o := other.findSweep(w.Family, w.Rule); o != nil {
			repeat.Sweeps = append(repeat.Sweeps, repeatedSweep{o.Family, o.Rule, o.Best, o.Power})
		}
	}
	for i := range r.Repeats {
		if r.Repeats[i].Seed == repeat.Seed {
			r.Repeats[i] = repeat
			return
		}
	}
	r.Repeats = append(r.Repeats, repeat)
}

// compareChecks compares the verdicts of two checks, and the exponents that laws are about.
func compareChecks(a, b scaleCheck) repeatedCheck {
	one, other := a.Check.Judge(), b.Check.Judge()
	r := repeatedCheck{Family: a.Family, Rule: a.Rule, Law: other.Law}
	r.Same = one.Law == other.Law && reflect.DeepEqual(one.Possible, other.Possible) && reflect.DeepEqual(outlines(one), outlines(other))
	for i, l := range a.Check.Layers {
		for q := scale.Activation; q <= scale.Change && i < len(b.Check.Layers); q++ {
			k, o := l.Curve(q, stepOf(q)), b.Check.Layers[i].Curve(q, stepOf(q))
			if k == nil || o == nil {
				continue
			}
			r.Exponents++
			if k.High < o.Low || o.High < k.Low {
				r.Apart++
			}
			if d := short(math.Abs(k.Exponent - o.Exponent)); d > r.Largest {
				r.Largest, r.Layer, r.Quantity = d, l.Name, q.String()
			}
		}
	}
	return r
}

// A findingOutline is a finding without its numbers. A remedy that is not clear has the exponent as its power, which is a number.
type findingOutline struct {
	layer, cause string
	quantity     scale.Quantity
	remedy       scale.Remedy
}

func outlines(v scale.Verdict) (list []findingOutline) {
	for _, f := range v.Findings {
		if !f.Remedy.Clear {
			f.Remedy.Power = 0
		}
		list = append(list, findingOutline{f.Layer, f.Cause, f.Quantity, f.Remedy})
	}
	return list
}

// of is the part of a comparison that is about some results.
func (r scaleRepeat) of(chosen scaleResults) scaleRepeat {
	part := scaleRepeat{Seed: r.Seed}
	for _, c := range r.Checks {
		if chosen.find(c.Family, c.Rule) != nil {
			part.Checks = append(part.Checks, c)
		}
	}
	for _, w := range r.Sweeps {
		if chosen.findSweep(w.Family, w.Rule) != nil {
			part.Sweeps = append(part.Sweeps, w)
		}
	}
	return part
}
