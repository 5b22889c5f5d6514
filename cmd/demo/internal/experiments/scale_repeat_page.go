package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing/scale"
)

// repeats writes what holds with other networks, and what does not.
func (p scalePage) repeats(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", p.say.Text("With other networks"))
	fmt.Fprintf(b, "%s\n\n", p.say.Sprintf("The tolerance of %g was chosen when results as those above were known. The same measurements of other networks, with nothing else changed, are a fairer test. "+
		"A verdict counts as the same if law, layers and remedies are.", scale.Tolerance))
	seeds := uint64(p.Settings.Seeds) - 1
	for _, r := range p.Repeats {
		b.WriteString("- " + p.say.Sprintf("**Seeds %d to %d**, instead of %d to %d:", r.Seed, r.Seed+seeds, p.Settings.Seed, p.Settings.Seed+seeds))
		if shared := int(seeds) + 1 - int(max(r.Seed, p.Settings.Seed)-min(r.Seed, p.Settings.Seed)); shared > 0 {
			b.WriteString(p.space() + p.say.Sprintf("%d of these %d are in both.", shared, seeds+1))
		}
		for _, sentence := range p.repeatSentences(r) {
			b.WriteString(p.space() + sentence)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	if len(p.Sweeps) == 0 {
		return
	}
	if names := p.otherAnswers(); len(names) > 0 {
		fmt.Fprintf(b, "%s\n\n", p.say.Sprintf("Whether the best rate depends on the size has not the same answer with all seeds for %s.", strings.Join(names, p.say.Text("; "))))
	}
	markdownTable(b, p.repeatRows())
}

// otherAnswers lists the searches of which others say something else on whether the best rate depends on the size.
func (p scalePage) otherAnswers() (names []string) {
	for _, w := range p.Sweeps {
		differs := func(r scaleRepeat) bool {
			return slices.ContainsFunc(r.Sweeps, func(o repeatedSweep) bool {
				return o.Family == w.Family && o.Rule == w.Rule && dependence(fitOf(o.Power)) != dependence(fitOf(w.Power))
			})
		}
		if slices.ContainsFunc(p.Repeats, differs) {
			names = append(names, fmt.Sprintf("%s, %s", w.Family, w.Rule.name(p.say)))
		}
	}
	return names
}

// repeatSentences says what a comparison of checks shows.
func (p scalePage) repeatSentences(r scaleRepeat) (list []string) {
	same, exponents, apart, largest := 0, 0, 0, repeatedCheck{}
	var others []string
	for _, c := range r.Checks {
		exponents, apart = exponents+c.Exponents, apart+c.Apart
		if c.Largest > largest.Largest {
			largest = c
		}
		if c.Same {
			same++
			continue
		}
		heading := p.heading(scaleCheck{Family: c.Family, Rule: c.Rule})
		switch here := p.find(c.Family, c.Rule).Check.Judge().Law; {
		case c.Law == here:
			others = append(others, p.say.Sprintf("%s the same law, but other layers or remedies.", heading))
		case c.Law == "":
			others = append(others, p.say.Sprintf("%s no law alone.", heading))
		default:
			others = append(others, p.say.Sprintf("%s the law is %s.", heading, lawName(c.Law, p.say)))
		}
	}
	list = append(list, p.say.Sprintf("%d of %d verdicts are the same.", same, len(r.Checks)))
	list = append(list, others...)
	if exponents == 0 {
		return list
	}
	list = append(list, p.say.Sprintf("%d of %d exponents have intervals without a common number.", apart, exponents))
	if largest.Largest > 0 {
		where := strings.TrimRight(p.heading(scaleCheck{Family: largest.Family, Rule: largest.Rule}), ":：")
		list = append(list, p.say.Sprintf("The largest difference of two exponents is %.2f, of the %s of %s in %s.",
			float64(largest.Largest), p.quantityOf(largest.Quantity), largest.Layer, where))
	}
	return list
}

// quantityOf is the name of a quantity in a sentence, by its name in a file.
func (p scalePage) quantityOf(name string) string {
	for q := scale.Activation; q <= scale.Change; q++ {
		if q.String() == name {
			return p.quantity(q)
		}
	}
	return name
}

// repeatRows are the powers of the best rates, and what they say.
func (p scalePage) repeatRows() [][]string {
	rows := [][]string{{p.say.Text("best rate"), p.say.Text("seeds"), p.say.Text("power of the size"), p.say.Text("depends on the size"), p.say.Text("largest change of a best rate")}}
	seeds := uint64(p.Settings.Seeds) - 1
	row := func(name string, seed uint64, power [3]number, change string) {
		f := fitOf(power)
		rows = append(rows, []string{name, fmt.Sprintf("%d–%d", seed, seed+seeds), exponent(f), p.say.Text(dependence(f)), change})
	}
	for _, w := range p.Sweeps {
		name := fmt.Sprintf("%s, %s", w.Family, w.Rule.name(p.say))
		row(name, p.Settings.Seed, w.Power, "")
		for _, r := range p.Repeats {
			for _, o := range r.Sweeps {
				if o.Family == w.Family && o.Rule == w.Rule {
					row(name, r.Seed, o.Power, fmt.Sprintf("× %.2f", largestFactor(w.Best, o.Best)))
				}
			}
		}
	}
	return rows
}

// largestFactor is the largest factor between two numbers at the same place.
func largestFactor(a, b []float64) float64 {
	largest := 1.0
	for i := range min(len(a), len(b)) {
		largest = max(largest, math.Exp(math.Abs(math.Log(a[i]/b[i]))))
	}
	return largest
}
