package diagnose

import (
	"cmp"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
)

// A knob is a setting that more than one rule advises on.
type knob int

const (
	other knob = iota // no other rule advises against it
	learningRate
	batchSize
	initialScale // of the weights
)

// An option is one way to mend what a finding shows: a sentence, and a line of code if one does it.
type option struct {
	text, code string
	knob       knob
	turn       int // of the knob: 1 raises it, -1 lowers it
}

// advise makes the options the remedy of a finding. Its line of code is that of the first option that has one.
func (f *Finding) advise(say lang.Language, options ...option) {
	f.options, f.Remedy, f.Code = options, "", ""
	var texts []string
	for _, o := range options {
		texts, f.Code = append(texts, o.text), cmp.Or(f.Code, o.code)
	}
	f.Remedy = say.Sentences(texts...)
}

// follow takes the remedy of another finding.
func (f *Finding) follow(cause Finding) {
	f.Remedy, f.Code, f.Tried, f.check, f.options = cause.Remedy, cause.Code, cause.Tried, cause.check, cause.options
}

// yield takes the remedy of a finding of another rule, with the reason.
func (f *Finding) yield(say lang.Language, cause Finding) {
	f.follow(cause)
	f.Remedy = say.Sentences(say.Sprintf("The finding %s names the cause more closely, so its advice comes first.", say.Name(cause.Rule)), cause.Remedy)
}

// specific lists the rules whose remedies turn knobs, those that name the cause most closely first. Weights of a wrong scale are there from
// the start. Then come steps that were too large, and what they leave behind, in the order in which it appears. After them come rules that
// see only that something is small or that nothing is learnt, and those that tell how to be faster.
var specific = []string{
	"bad-init-scale", "learning-rate-too-large", "non-finite", "exploding", "vanishing", "dead-relu", "saturation", "entropy-collapse", "logit-growth",
	"rank-collapse", "learning-rate-too-small", "stuck", "noise-scale", "gradient-noise", "edge-of-stability",
}

// oneAdvice makes findings with advice on a knob agree: the more specific one decides. Others lose the options that turn the knob the
// other way, and one that has no other option takes the remedy of the deciding one, with the reason. Those that turn it the same way, but
// not as far, turn it as the deciding one does.
func oneAdvice(say lang.Language, all []Finding) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(slices.Index(specific, all[a].Rule), slices.Index(specific, all[b].Rule))
	})
	deciding := map[knob]option{}
	decider := map[knob]int{}
	for _, i := range order {
		f := &all[i]
		var kept []option
		against, differs := other, false
		for _, o := range f.options {
			first := deciding[o.knob]
			if o.turn*first.turn < 0 {
				against = o.knob
				continue
			}
			if o.turn*first.turn > 0 && o.code != "" && first.code != "" && o.code != first.code {
				o, differs = first, true
			}
			kept = append(kept, o)
		}
		switch {
		case against == other && !differs:
		case len(kept) > 0:
			f.advise(say, kept...)
			f.markUntried(say)
		default:
			f.yield(say, all[decider[against]])
		}
		for _, o := range f.options {
			if _, decided := decider[o.knob]; o.turn != 0 && !decided {
				decider[o.knob] = i
			}
			if first := deciding[o.knob]; o.turn != 0 && first.code == "" { // the first with a size sets it
				deciding[o.knob] = o
			}
		}
	}
}
