package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// A scalePage is the page of demo scale in a language. All sentences about the results follow from the numbers.
type scalePage struct {
	scaleResults
	say      lang.Language
	pictures string // the folder of the pictures, from that of the page
}

// heading names a check, as "mlp over the width, standard:".
func (p scalePage) heading(c scaleCheck) string {
	if c.Rule.Depth {
		return p.say.Sprintf("%s over the depth, %s:", c.Family, c.Rule.name(p.say))
	}
	return p.say.Sprintf("%s over the width, %s:", c.Family, c.Rule.name(p.say))
}

// verdict says which law the exponents follow.
func (p scalePage) verdict(c scaleCheck) string {
	v := c.Check.Judge()
	switch {
	case v.Law != "":
		return p.say.Sprintf("all exponents are those of %s.", lawName(v.Law, p.say))
	case v.Undetermined():
		return p.say.Sprintf("undetermined: no interval contradicts %s.", p.list(lawNames(v.Possible, p.say)))
	}
	var misses []string
	said := make(map[string]bool)
	for _, m := range v.Misses {
		if !said[m.Law] {
			said[m.Law] = true
			misses = append(misses, p.say.Sprintf("%s expects %s of the %s of %s, which is %s",
				lawName(m.Law, p.say), interval(m.Low, m.High), p.quantity(m.Quantity), m.Layer, exponent(m.Fit)))
		}
	}
	return p.say.Sprintf("the exponents follow none of the laws: %s.", strings.Join(misses, p.say.Text("; ")))
}

func lawNames(laws []string, language lang.Language) (names []string) {
	for _, law := range laws {
		names = append(names, lawName(law, language))
	}
	return names
}

// list joins names.
func (p scalePage) list(names []string) string { return strings.Join(names, p.say.Text(", ")) }

// space separates sentences.
func (p scalePage) space() string {
	if p.say == lang.Chinese {
		return ""
	}
	return " "
}

// quantity is the name of a quantity in a sentence.
func (p scalePage) quantity(q scale.Quantity) string {
	if q == scale.Activation { // "activation" alone would mean the activation function
		return p.say.Text("activation size")
	}
	return p.say.Text(q.String())
}

// exponent is as "0.97 ± 0.05". Two sizes alone leave the interval without bounds.
func exponent(f scale.Fit) string {
	if math.IsInf(f.High-f.Low, 0) {
		return strings.TrimPrefix(fmt.Sprintf("%.2f ± ∞", f.Exponent), noSign(f.Exponent))
	}
	return strings.TrimPrefix(fmt.Sprintf("%.2f ± %.2f", f.Exponent, (f.High-f.Low)/2), noSign(f.Exponent))
}

// noSign is the sign of a number that is rounded to 0, which does not count.
func noSign(x float64) string {
	if x > -0.005 && x < 0 {
		return "-"
	}
	return ""
}

func interval(low, high float64) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%g…%g", low, high)
}

// findings says what mends what does not keep its size. Layers with the same remedy share a sentence.
func (p scalePage) findings(c scaleCheck) string {
	list := c.Check.Judge().Findings
	if len(list) == 0 && !c.Check.Judge().Undetermined() {
		return p.say.Text("Nothing is to be mended.")
	}
	type cure struct {
		remedy scale.Remedy
		cause  string
	}
	type symptom struct {
		quantity scale.Quantity
		grows    bool
	}
	var cures []cure
	symptoms := make(map[cure][]symptom)
	layers := make(map[cure]map[symptom][]string)
	for _, f := range list {
		c, s := cure{f.Remedy, f.Cause}, symptom{f.Quantity, f.Fit.Exponent > 0}
		if !c.remedy.Clear {
			c.remedy.Power = 0 // each has its own
		}
		if layers[c] == nil {
			layers[c] = make(map[symptom][]string)
			cures = append(cures, c)
		}
		if layers[c][s] == nil {
			symptoms[c] = append(symptoms[c], s)
		}
		layers[c][s] = append(layers[c][s], fmt.Sprintf("%s (%s)", f.Layer, exponent(f.Fit)))
	}
	var sentences []string
	for _, c := range cures {
		var what []string
		for _, s := range symptoms[c] {
			what = append(what, p.symptom(s.quantity, s.grows, layers[c][s]))
		}
		sentences = append(sentences, p.capital(strings.Join(what, p.say.Text("; "))+p.say.Text(": ")+p.remedy(c.remedy, c.cause)+p.say.Text(".")))
	}
	return strings.Join(sentences, p.space())
}

// capital makes an English sentence begin with a capital letter. Chinese ones may begin with a name.
func (p scalePage) capital(sentence string) string {
	if p.say == lang.Chinese {
		return sentence
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

// symptom says what grows or shrinks.
func (p scalePage) symptom(q scale.Quantity, grows bool, layers []string) string {
	if grows {
		return p.say.Sprintf("the %s grows in %s", p.quantity(q), p.list(layers))
	}
	return p.say.Sprintf("the %s shrinks in %s", p.quantity(q), p.list(layers))
}

// remedy says what to multiply by which power of the growth.
func (p scalePage) remedy(r scale.Remedy, cause string) string {
	switch {
	case cause != "":
		return p.say.Sprintf("the first values of %s mend that too", cause)
	case !r.Clear:
		return p.say.Text("undetermined, as the interval holds no multiple of 1/2, or several")
	case r.Kind == scale.Rate:
		return p.say.Sprintf("multiply the learning rate by (n/n0)^%g", r.Power)
	case r.Kind == scale.FirstValues:
		return p.say.Sprintf("multiply the standard deviation of the first values by (n/n0)^%g", r.Power)
	case r.Rates != 0:
		return p.say.Sprintf("multiply all branches by (L/L0)^%g, and the rates in them by (L/L0)^%g", r.Power, r.Rates)
	}
	return p.say.Sprintf("multiply all branches by (L/L0)^%g, and leave the rates", r.Power)
}

// rateSentence says whether the best rate depends on the size.
func (p scalePage) rateSentence(w scaleSweep) string {
	f := fitOf(w.Power)
	first, last := len(w.Sizes)-1, 0
	for i := range w.Sizes {
		first, last = min(first, i), max(last, i)
	}
	what := p.say.Sprintf("%s, %s: from width %d to %d", w.Family, w.Rule.name(p.say), w.Sizes[first], w.Sizes[last])
	if w.Rule.Depth {
		what = p.say.Sprintf("%s, %s: from depth %d to %d", w.Family, w.Rule.name(p.say), w.Sizes[first], w.Sizes[last])
	}
	text := p.say.Sprintf("%s the best rate goes from %.2g to %.2g, as the power %s of the size.", what, w.Best[first], w.Best[last], exponent(f))
	switch dependence(f) {
	case "yes":
		text += p.space() + p.say.Text("It depends on the size.")
	case "no":
		text += p.space() + p.say.Text("No dependence on the size is seen.")
	default:
		text += p.space() + p.say.Text("Whether it depends on the size is undetermined.")
	}
	if slices.Contains(w.Edge, true) {
		text += p.space() + p.say.Text("At some sizes the best rate is the first or the last that was tried, and a better one may lie beyond.")
	}
	return text
}

// dependence tells whether an exponent differs from 0: "yes", "no" if its interval is narrow, or "undetermined".
func dependence(f scale.Fit) string {
	switch {
	case f.Low > 0 || f.High < 0:
		return lang.Key("yes")
	case f.High-f.Low < 0.5:
		return lang.Key("no")
	}
	return lang.Key("undetermined")
}
