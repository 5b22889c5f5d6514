package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Rule is one published rule.
type Rule struct {
	Tool   string // as "SageMaker Debugger"
	Name   string // in the tool
	Finds  string // the name of our rule for the same problem, as "vanishing"
	Source string // of the publication
	Note   string // differences from the published rule; empty if there are none
	Fires  func(profile.Profile) Result
}

// A Result is the judgement of a rule on a profile.
type Result struct {
	Known    bool   // whether the profile holds the rule's data
	Fires    bool   // whether it fires in any record
	Step     int    // of the first record it fires in
	Evidence string // the number that made it fire
}

// Rules lists all rules except those that need the accuracy: see [AutoTrainer].
func Rules() []Rule {
	var all []Rule
	all = append(all, sageMaker()...)
	all = append(all, AutoTrainer(nil)...)
	all = append(all, deepChecker()...)
	all = append(all, deepDiagnosis()...)
	all = append(all, umlaut()...)
	all = append(all, megatron()...)
	all = append(all, torchMortem()...)
	all = append(all, torchDiag()...)
	return append(all, gradientFlow()...)
}

// first tests the records in order, and stops at the first that fires: that has evidence.
func first(p profile.Profile, test func(profile.Record) (known bool, evidence string)) Result {
	var result Result
	for _, r := range p.Records {
		known, evidence := test(r)
		result.Known = result.Known || known
		if evidence != "" {
			return Result{Known: true, Fires: true, Step: r.Step, Evidence: evidence}
		}
	}
	return result
}

// anyParam tests one number of each parameter in each record with details. NaN means that it is not known.
func anyParam(p profile.Profile, name string, of func(profile.ParamDetail) float64, bad func(float64) bool) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.Details == nil {
			return false, ""
		}
		for i, param := range r.Details.Params {
			v := of(param)
			if math.IsNaN(v) {
				continue
			}
			known = true
			if bad(v) {
				return true, fmt.Sprintf("%s of %s is %.2g", name, p.Params[i].Name, v)
			}
		}
		return known, ""
	})
}

// anyLayer tests one number of each layer with an activation.
func anyLayer(p profile.Profile, name string, of func(profile.Layer, profile.LayerDetail) float64, bad func(float64) bool) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.Details == nil {
			return false, ""
		}
		for i, layer := range r.Details.Layers {
			v := math.NaN()
			if p.Layers[i].Activation.Kind != "" {
				v = of(p.Layers[i], layer)
			}
			if math.IsNaN(v) {
				continue
			}
			known = true
			if bad(v) {
				return true, fmt.Sprintf("%s of %s is %.2g", name, p.Layers[i].Path, v)
			}
		}
		return known, ""
	})
}

// anyWeight tests one number of each weight in a record, by the weight's index. NaN means that it is not known.
func anyWeight(p profile.Profile, name string, bad func(float64) bool, of func(i int) float64) (known bool, evidence string) {
	for i, param := range p.Params {
		if param.Role != "weight" {
			continue
		}
		v := of(i)
		if math.IsNaN(v) {
			continue
		}
		known = true
		if bad(v) {
			return true, fmt.Sprintf("%s of %s is %.2g", name, param.Name, v)
		}
	}
	return known, ""
}

// atTheStart tests the record of the first step, if it has details.
func atTheStart(p profile.Profile, test func(profile.Record) (known bool, evidence string)) Result {
	return first(p, func(r profile.Record) (bool, string) {
		if r.Step != 0 || r.Details == nil {
			return false, ""
		}
		return test(r)
	})
}

// rms is the root mean square of a parameter's elements: their standard deviation, if their mean is zero.
func rms(p profile.Param, d profile.ParamDetail) float64 {
	return float64(d.NormL2) / math.Sqrt(float64(p.Size))
}

func infinite(v profile.Number) bool { return isNaN(v) || math.IsInf(float64(v), 0) }
func isNaN(v profile.Number) bool    { return math.IsNaN(float64(v)) }

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

func below(limit float64) func(float64) bool { return func(v float64) bool { return v < limit } }
func above(limit float64) func(float64) bool { return func(v float64) bool { return v > limit } }

func meanAbs(d profile.ParamDetail) float64 { return float64(d.GradMeanAbs) }

// outside is the share of pre-activations outside an interval, for a normal distribution with the recorded mean and deviation.
func outside(l profile.LayerDetail, low, high float64) float64 {
	z := func(x float64) float64 { return (x - float64(l.PreMean)) / (float64(l.PreStd) * math.Sqrt2) }
	return (math.Erfc(-z(low)) + math.Erfc(z(high))) / 2
}
