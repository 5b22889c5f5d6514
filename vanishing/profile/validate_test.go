package profile

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(p *Profile){
		"got 5 entries in layers, want 4":                                           func(p *Profile) { p.Layers = p.Layers[:4] },
		"record of step 0: got 3 entries in layers":                                 func(p *Profile) { p.Records[0].Layers = p.Records[0].Layers[:3] },
		"got 0 entries in params, want 1":                                           func(p *Profile) { p.Params = []Param{{}} },
		"record of step 0: got 1 entries in details.blocks, want 0":                 func(p *Profile) { p.Records[0].Details.Blocks = make([]*BlockDetail, 1) },
		"got 0 entries in details.updates, want":                                    func(p *Profile) { *p = whole(); p.Records[0].Details.Updates = []Update{} },
		"record of step 7: got 0 entries in layers":                                 func(p *Profile) { p.Records = append(p.Records, Record{Step: 7}) },
		`layer "densea": got depth 0, want 1 or more`:                               func(p *Profile) { setDepths(p, 0, 0, 0, 0, 0) },
		`layer "densed": got depth 2, want at least 3, the depth of layer "densec"`: func(p *Profile) { setDepths(p, 1, 2, 3, 2, 4) },
		`layer "denseb": got depth 4, want at least 5, the depth of layer "densea"`: func(p *Profile) { setDepths(p, 5, 4, 3, 2, 1) },
		`record of step 0: layer 1, "denseb": got delta_rms -1, want a size`:        func(p *Profile) { p.Records[0].Layers[1].DeltaRMS = -1 },
		`layer 0, "densea": got delta_rms -Inf, want a size, 0 or more`:             func(p *Profile) { p.Records[0].Layers[0].DeltaRMS = Number(math.Inf(-1)) },
		"theory: got 1 entries in layers, want 5":                                   func(p *Profile) { p.Theory = &Theory{Layers: make([]*LayerTheory, 1)} },
		"sharpness 0: got 1 layers, want 5":                                         func(p *Profile) { p.Sharpness = []Sharpness{{Shares: make([]Number, 1)}} },
		"sharpness 0: got step -1":                                                  func(p *Profile) { p.Sharpness = []Sharpness{{Step: -1}} },
		"number the layers from input to output":                                    func(p *Profile) { setDepths(p, 2, 1, 2, 3, 4) },
		"cut both or neither":                                                       func(p *Profile) { p.Layers = nil },
	} {
		p := synthetic(1e-4, 1e-3, 0.01, 0.1, 1)
		change(&p)
		if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), "profile: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// Every number that reports use as a count, an index or a size is bounded.
func TestValidateNamesTheNumber(t *testing.T) {
	if err := whole().Validate(); err != nil {
		t.Fatal(err)
	}
	beyond := maxCount
	beyond++ // wraps around to a negative number if int has 32 bits
	for want, change := range map[string]func(p *Profile, r *Record){
		`layer 0, "densea": got depth -1, want a number from 0`:       func(p *Profile, _ *Record) { p.Layers[0].Depth = -1 },
		`layer 1, "denseb": got units -5`:                             func(p *Profile, _ *Record) { p.Layers[1].Units = -5 },
		fmt.Sprintf(`layer 1, "denseb": got fan_in %d, want`, beyond): func(p *Profile, _ *Record) { p.Layers[1].FanIn = beyond },
		`parameter 0, "densea/weight": got depth -1`:                  func(p *Profile, _ *Record) { p.Params[0].Depth = -1 },
		`parameter 0, "densea/weight": got size -1`:                   func(p *Profile, _ *Record) { p.Params[0].Size = -1 },
		"sampling: got steps -1":                                      func(p *Profile, _ *Record) { p.Sampling.Steps = -1 },
		"sampling: got recorded -1":                                   func(p *Profile, _ *Record) { p.Sampling.Recorded = -1 },
		"epoch 0 of the history: got step -1":                         func(p *Profile, _ *Record) { p.History = []Epoch{{Step: -1}} },
		"sampling: got kept -1":                                       func(p *Profile, _ *Record) { p.Sampling.Kept = -1 },
		"path-length spectrum 0: got step -1":                         func(p *Profile, _ *Record) { p.Paths[0].Step = -1 },
		"cost: got run_s NaN, want seconds, 0 or more":                func(p *Profile, _ *Record) { p.Cost.Run = math.NaN() },
		"cost: got recording_s +Inf":                                  func(p *Profile, _ *Record) { p.Cost.Recording = math.Inf(1) },
		"cost: got once_s -1":                                         func(p *Profile, _ *Record) { p.Cost.Once = -1 },
		`block 0, "block1": got first 1 and last -1, want indices`:    func(p *Profile, _ *Record) { p.Blocks[0] = Block{Path: "block1", First: 1, Last: -1} },
		"got first 0 and last 3, want indices of layers":              func(p *Profile, _ *Record) { p.Blocks[0].Last = 3 },
		"got first -1 and last 1":                                     func(p *Profile, _ *Record) { p.Blocks[0].First = -1 },
		"got first -1 and last -2":                                    func(p *Profile, _ *Record) { p.Blocks[0] = Block{Path: "", First: -1, Last: -2} },
		"got first 2 and last 0":                                      func(p *Profile, _ *Record) { p.Blocks[0] = Block{Path: "", First: 2, Last: 0} },
		"got first 3 and last 3":                                      func(p *Profile, _ *Record) { p.Blocks[0] = Block{Path: "", First: 3, Last: 3} },
		"got first 4 and last 3":                                      func(p *Profile, _ *Record) { p.Blocks[0] = Block{Path: "", First: 4, Last: 3} },
		"theory: got 1 entries in signal, want 3":                     func(p *Profile, _ *Record) { p.Theory = &Theory{Signal: make([]BlockSignal, 1)} },
		"got 2 entries in signal, want 3":                             func(_ *Profile, r *Record) { r.Signal = r.Signal[:2] },
		"record of step -1: got step -1":                              func(_ *Profile, r *Record) { r.Step = -1 },
		fmt.Sprintf("got step %d", beyond):                            func(_ *Profile, r *Record) { r.Step = beyond },
		"record of step 0: got epoch -1":                              func(_ *Profile, r *Record) { r.Epoch = -1 },
		"record of step 0: got batch -1":                              func(_ *Profile, r *Record) { r.Batch = -1 },
		`layer 1, "denseb": got gains.norm -1e+300, want decades`:     func(_ *Profile, r *Record) { r.Details.Layers[1].Gains.Norm = -1e300 },
		`histogram of pre: got 2 buckets of negative numbers and 1`:   func(_ *Profile, r *Record) { r.Histograms.Layers[0].Pre.Negative = []int{1, 2} },
		"histogram of pre: got 0 buckets of negative numbers and 1":   func(_ *Profile, r *Record) { r.Histograms.Layers[0].Pre.Negative = nil },
		"histogram of pre: got 1 buckets from low -1075 on, want":     func(_ *Profile, r *Record) { r.Histograms.Layers[0].Pre.Low = -1075 },
		"histogram of pre: got a negative count of -1":                func(_ *Profile, r *Record) { r.Histograms.Layers[0].Pre.Negative[0] = -1 },
		"histogram of pre: got nan -1":                                func(_ *Profile, r *Record) { r.Histograms.Layers[0].Pre.NaN = -1 },
		"histogram of value: got 1 buckets from low 1024 on, want":    func(_ *Profile, r *Record) { r.Histograms.Params[0].Value.Low = 1024 },
		"histogram of value: got a positive count of -7":              func(_ *Profile, r *Record) { r.Histograms.Params[0].Value.Positive[0] = -7 },
		"histogram of grad: got inf -1":                               func(_ *Profile, r *Record) { r.Histograms.Params[0].Grad = &Histogram{Inf: -1} },
		"histogram of delta: got zero -1":                             func(_ *Profile, r *Record) { r.Histograms.Layers[2].Delta = &Histogram{Zero: -1} },
	} {
		p := whole()
		change(&p, &p.Records[0])
		if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), "profile: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// Records out of order would mix up the first step and the last.
func TestValidateRefusesStepsOutOfOrder(t *testing.T) {
	p := whole()
	for i, steps := range [][2]int{{0, 20}, {20, 0}, {7, 7}} {
		first, second := p.Records[0], p.Records[0]
		first.Step, second.Step = steps[0], steps[1]
		ordered := p
		ordered.Records = []Record{first, second}
		err := ordered.Validate()
		if want := fmt.Sprintf("record 1: got step %d after step %d, want a later one", steps[1], steps[0]); i == 0 && err != nil || i > 0 && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("steps %v: got error %v", steps, err)
		}
	}
}

// A size is every number whose name does not say that it is a mean, a share, an angle or decades.
func TestValidateRefusesNegativeSizes(t *testing.T) {
	signed := regexp.MustCompile("(pre|act)_mean$|flushed|act_zero|saturated|dead|gains|unchanged|cosine")
	p := whole()
	r := &p.Records[0]
	numbers := []any{&r.Layers[0], &r.Params[0], &r.Details.Layers[0], &r.Details.Params[0], &r.Details.Clipped[0], &r.Details.Updates[0], r.Details.Blocks[0], r.Details.Params[0].Filters, &r.Signal[0]}
	sizes := 0
	for _, q := range slices.Concat(LayerQuantities, ParamQuantities, BlockQuantities) {
		if q.Size == signed.MatchString(q.Name) {
			t.Errorf("%s: size %v", q.Name, q.Size)
		}
		if q.Size {
			sizes++
		}
	}
	tried := 0
	for _, of := range numbers {
		v := reflect.ValueOf(of).Elem()
		for i := range v.NumField() {
			field := reflect.Indirect(v.Field(i))
			if field.Kind() != reflect.Float64 {
				continue
			}
			before := field.Float()
			field.SetFloat(-1)
			err := p.Validate()
			if field.SetFloat(before); err == nil {
				continue
			}
			if tried++; !strings.Contains(err.Error(), " -1, want a size") {
				t.Errorf("%s of %T: got error %v", v.Type().Field(i).Name, of, err)
			}
		}
	}
	r.Details.Writes = []Number{-1, 0, 0}
	if err := p.Validate(); err != nil && strings.Contains(err.Error(), "write_share -1, want a size") {
		tried++
	}
	if tried != sizes || sizes != 4+15+7 {
		t.Errorf("%d of %d sizes were refused, want all of 26", tried, sizes)
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
