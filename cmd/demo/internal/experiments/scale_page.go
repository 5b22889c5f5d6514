package experiments

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/plot"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// page is the page of the results.
func (r scaleResults) page() resultsPage {
	return resultsPage{
		name: "scale", pictures: r.drawings(),
		write: func(w io.Writer, say lang.Language, pictures string) error {
			return scalePage{r, say, pictures}.write(w)
		},
	}
}

// drawings are the pictures that there are numbers for.
func (r scaleResults) drawings() []picture {
	all := []picture{{"scale-width", func() (*plot.Figure, error) { return widthPicture(r) }}}
	if slices.ContainsFunc(r.Checks, func(c scaleCheck) bool { return c.Rule.Depth }) {
		all = append(all, picture{"scale-depth", func() (*plot.Figure, error) { return depthPicture(r) }})
	}
	if len(r.Sweeps) > 0 {
		all = append(all, picture{"scale-rates", func() (*plot.Figure, error) { return ratesPicture(r) }})
	}
	return all
}

// write writes the page in Markdown.
func (p scalePage) write(w io.Writer) error {
	var b strings.Builder
	para := func(text string) { b.WriteString(text + "\n\n") }
	show := func(name, text string) {
		if slices.ContainsFunc(p.drawings(), func(one picture) bool { return one.name == name }) {
			fmt.Fprintf(&b, "![%s](%s/%s.svg)\n\n", text, p.pictures, name)
		}
	}
	s := p.Settings
	para("# " + p.say.Text("Scale"))
	para(p.say.Text("A learning rate that was found in a small network is often wrong in a large one: layers learn at another pace when the network gets wider or deeper. " +
		"This page measures the pace of each layer, and says what keeps it. It is written by `demo scale`, sentences about the results included; `scale.json` has the numbers."))
	para(p.say.Sprintf("Networks of several sizes, %s of each, make %d steps of %s with the rate %g on one batch: %d images of Fashion-MNIST or, for gpt, %d windows of %d characters of a text. "+
		"A power of the size is fitted to the root mean square of what flows in each layer, over units and samples. ± is half of the 95 %% interval, by Student's t distribution. "+
		"An exponent is held against a law with a tolerance of %g beyond the interval, because laws hold for large sizes.",
		p.say.Count(s.Seeds, "seed"), s.Steps, s.Optimizer, s.Rate, batchImages, batchWindows, windowLength, scale.Tolerance))

	para("## " + p.say.Text("Width"))
	para(p.say.Text("The change of a linear map W·x has two terms. The *update* (W-W0)·x is what the steps of this layer do, and W0·(x-x0) is what the changes of earlier layers do here. " +
		"The *gain* is that second term over x-x0: how much the first values amplify changes. *Activation size* and *gradient* are those of W·x in the first step. " +
		"In standard networks all first values have the variance 1/in, and all layers one rate. In muP (Yang et al. 2022) first values and rates follow the width, layer by layer, and every layer keeps its pace: updates and gains have the exponent 0."))
	para(p.say.Sprintf("The widths are %s.", numbers(s.Widths)))
	for _, family := range p.families(false) {
		para("### " + family)
		markdownTable(&b, p.widthRows(family))
		p.verdicts(&b, family, false)
	}
	show("scale-width", p.say.Text("What one update does by the width, in standard networks and in muP"))
	if names := p.families(true); len(names) > 0 {
		para("## " + p.say.Text("Depth"))
		para(p.say.Text("Residual networks add the branches of all blocks to one *stream*. In standard networks it grows by every block, and so does its change in a step. " +
			"Branches that are divided by the root of their number L keep both, and their layers learn ever less, each by itself: that suits blocks of one linear map (Yang et al. 2023; Bordelon et al. 2023). " +
			"Divided by L, with rates that follow, all layers keep their pace (CompleteP, Dey et al. 2025). The update is that of the linear maps in the branches."))
		para(p.say.Sprintf("The depths are %s, and the width is %d.", numbers(s.Depths), fixedWidth))
		for _, family := range names {
			para("### " + p.say.Sprintf("%s over the depth", family))
			markdownTable(&b, p.depthRows(family))
			p.verdicts(&b, family, true)
		}
		show("scale-depth", p.say.Text("The change of the stream by the depth"))
	}
	if len(p.Sweeps) > 0 {
		para("## " + p.say.Text("The best learning rate"))
		para(p.say.Sprintf("Networks are trained for an epoch of %d images, at %d rates, each twice the one before, and with %s. The best rate is where a parabola through the lowest losses is lowest. "+
			"Standard networks are trained as they are; the others are the same at the smallest size.", sweepImages, s.Rates, p.say.Count(s.Seeds, "seed")))
		markdownTable(&b, p.rateRows())
		for _, w := range p.Sweeps {
			b.WriteString("- " + p.rateSentence(w) + "\n")
		}
		b.WriteString("\n")
		show("scale-rates", p.say.Text("The best learning rate by the size"))
	}
	if len(p.Repeats) > 0 {
		p.repeats(&b)
	}
	para("## " + p.say.Text("Again, and for your own architecture"))
	b.WriteString("```\ngo run ./cmd/demo scale -out docs/experiments -chinese docs/zh/experiments\n")
	for _, r := range p.Repeats {
		fmt.Fprintf(&b, "go run ./cmd/demo scale -seed %d -out scale%d    # with other networks\n", r.Seed, r.Seed)
		fmt.Fprintf(&b, "go run ./cmd/demo scale -out docs/experiments -chinese docs/zh/experiments -with scale%d/scale.json\n", r.Seed)
	}
	b.WriteString("```\n\n")
	para(p.say.Text("A family is a function that makes a model of a width and a depth, and `graph.MuP` scales any of them:"))
	b.WriteString("```go\n" + ownArchitecture + "```\n")
	_, err := io.WriteString(w, b.String())
	return err
}

const ownArchitecture = `check, err := scale.Measure(ctx, scale.Config{
	Family: network, // func(width, depth int) graph.Model
	Widths: []int{64, 128, 256, 512}, Depths: []int{4}, X: x, Y: y,
})
fmt.Println(check.Judge().Law, check.Judge().Findings)

trainer := train.Trainer{
	Model:     graph.MuP{Model: network(1024, 4), Base: network(64, 4)},
	Optimizer: &optim.Adam{LearningRate: 0.002}, // found with network(64, 4)
	Loss:      graph.CrossEntropy{},
}
`

// families lists the families that were checked over the width, or the depth.
func (p scalePage) families(depth bool) (names []string) {
	for _, c := range p.Checks {
		if c.Rule.Depth == depth && !slices.Contains(names, c.Family) {
			names = append(names, c.Family)
		}
	}
	return names
}

func numbers(list []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]")
}

// verdicts writes what is said of a family.
func (p scalePage) verdicts(b *strings.Builder, family string, depth bool) {
	for _, c := range p.Checks {
		if c.Family == family && c.Rule.Depth == depth {
			fmt.Fprintf(b, "- **%s**%s%s%s%s\n", c.Rule.name(p.say), p.say.Text(": "), p.verdict(c), p.space(), p.findings(c))
		}
	}
	b.WriteString("\n")
}

// widthRows are the exponents of the layers of a family over the width, of standard networks and, after the stroke, in muP.
func (p scalePage) widthRows(family string) [][]string {
	standard, mup := p.find(family, scaleRule{}), p.find(family, scaleRule{MuP: true})
	rows := [][]string{{p.say.Text("layer"), p.say.Text("class")}}
	quantities := []scale.Quantity{scale.Activation, scale.Gradient, scale.Update, scale.Gain}
	for _, q := range quantities {
		rows[0] = append(rows[0], p.say.Sprintf("%s, standard / muP", p.quantity(q)))
	}
	rows[0] = append(rows[0], p.say.Sprintf("update after %d steps", p.Settings.Steps))
	for i, l := range standard.Check.Layers {
		if l.Class == scale.Stream {
			continue
		}
		row := []string{l.Name, p.say.Text(l.Class.String())}
		other := mup.Check.Layers[i]
		for _, q := range quantities {
			row = append(row, both(l.Curve(q, stepOf(q)), other.Curve(q, stepOf(q))))
		}
		rows = append(rows, append(row, both(l.Curve(scale.Update, p.Settings.Steps), other.Curve(scale.Update, p.Settings.Steps))))
	}
	return rows
}

// stepOf is the number of steps after which a quantity stands in a table.
func stepOf(q scale.Quantity) int {
	if q == scale.Activation || q == scale.Gradient {
		return 0
	}
	return 1
}

// both are two exponents; empty for curves that were not measured.
func both(a, b *scale.Curve) string {
	if a == nil || b == nil {
		return ""
	}
	return exponent(a.Fit) + " / " + exponent(b.Fit)
}

// depthRows are the exponents of a family over the depth, by rule.
func (p scalePage) depthRows(family string) [][]string {
	rows := [][]string{{""}}
	var checks []scaleCheck
	for _, c := range p.Checks {
		if c.Family == family && c.Rule.Depth {
			checks = append(checks, c)
			rows[0] = append(rows[0], c.Rule.name(p.say))
		}
	}
	for i, l := range checks[0].Check.Layers {
		for _, q := range []scale.Quantity{scale.Activation, scale.Update, scale.Change} {
			if l.Curve(q, stepOf(q)) == nil || l.Class != scale.Stream && (!l.Branch || q != scale.Update) {
				continue
			}
			row := []string{p.say.Sprintf("%s of %s", p.quantity(q), l.Name)}
			for _, c := range checks {
				row = append(row, exponent(c.Check.Layers[i].Curve(q, stepOf(q)).Fit))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// rateRows are the best rates by size.
func (p scalePage) rateRows() [][]string {
	rows := [][]string{{p.say.Text("family"), p.say.Text("rule"), p.say.Text("size"), p.say.Text("best rate"), p.say.Text("lowest mean loss")}}
	for _, w := range p.Sweeps {
		for i, size := range w.Sizes {
			text := p.say.Sprintf("width %d", size)
			if w.Rule.Depth {
				text = p.say.Sprintf("depth %d", size)
			}
			rows = append(rows, []string{w.Family, w.Rule.name(p.say), text, fmt.Sprintf("%.2g", w.Best[i]), fmt.Sprintf("%.4f", w.lowest(i))})
		}
	}
	return rows
}

// lowest is the lowest mean loss over the seeds at a size.
func (w scaleSweep) lowest(size int) float64 {
	var means []float64
	for _, losses := range w.Losses[size] {
		sum := 0.0
		for _, loss := range losses {
			sum += float64(loss) / float64(len(losses))
		}
		means = append(means, sum)
	}
	return slices.Min(means)
}
