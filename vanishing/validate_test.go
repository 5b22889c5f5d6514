package vanishing

import (
	"math"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(p *Profile){
		"has 5 layers and no parameter, but the profile lists 4 and 0":         func(p *Profile) { p.Layers = p.Layers[:4] },
		"record of step 0 has 3 layers and no parameter":                       func(p *Profile) { p.Records[0].Layers = p.Records[0].Layers[:3] },
		"has 5 layers and no parameter, but the profile lists 5 and 1":         func(p *Profile) { p.Params = []Param{{}} },
		"record of step 0 has 1 block, but the profile lists 0":                func(p *Profile) { p.Records[0].Blocks = make([]BlockRecord, 1) },
		"record of step 7 has no layer":                                        func(p *Profile) { p.Records = append(p.Records, Record{Step: 7}) },
		`layer "densea" has depth 0: number the layers from 1 on`:              func(p *Profile) { setDepths(p, 0, 0, 0, 0, 0) },
		`layer "densed" has depth 2 and the one before it, "densec", has 3`:    func(p *Profile) { setDepths(p, 1, 2, 3, 2, 4) },
		`layer "denseb" has depth 4 and the one before it, "densea", has 5`:    func(p *Profile) { setDepths(p, 5, 4, 3, 2, 1) },
		`DeltaRMS -1 for layer "denseb": a root mean square is not negative`:   func(p *Profile) { p.Records[0].Layers[1].DeltaRMS = -1 },
		`DeltaRMS -Inf for layer "densea": a root mean square is not negative`: func(p *Profile) { p.Records[0].Layers[0].DeltaRMS = math.Inf(-1) },
		"number the layers from 1 on, from input to output":                    func(p *Profile) { setDepths(p, 2, 1, 2, 3, 4) },
		"cut both or neither": func(p *Profile) { p.Layers = nil },
	} {
		p := synthetic(falling(5, 0.1)...)
		change(&p)
		if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), "vanishing: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
		d := expectVerdict(t, p, Undetermined, "This profile cannot be judged: ", want)
		if !math.IsNaN(d.Slope) || !math.IsNaN(d.Change) || d.First != -1 || d.Evidence != "" {
			t.Errorf("numbers of a profile that cannot be judged: %+v", d)
		}
		for l, v := range p.MedianDeltaRMS() {
			if !math.IsNaN(v) {
				t.Errorf("layer %d has the median %g", l, v)
			}
		}
	}
}

func setDepths(p *Profile, depths ...int) {
	for i, depth := range depths {
		p.Layers[i].Depth = depth
	}
}

func TestValidProfiles(t *testing.T) {
	skip := synthetic(1, 1, 1, 1)
	setDepths(&skip, 1, 2, 2, 3)
	skip.Layers[1].OnSkip = true // a projection has the depth of the layer it meets
	towers := synthetic(1, 1, 1, 1, 1)
	setDepths(&towers, 1, 1, 2, 2, 3)
	gaps := synthetic(1, 1, 1)
	setDepths(&gaps, 2, 5, 9)
	broken := synthetic(1, math.NaN(), math.Inf(1)) // to be diagnosed, not refused
	for name, p := range map[string]Profile{"empty": {}, "skip": skip, "towers": towers, "gaps": gaps, "not finite": broken} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
