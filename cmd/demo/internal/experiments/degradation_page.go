package experiments

import (
	"fmt"
	"io"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// page is the page of the results.
func (r degradationResults) page() resultsPage {
	return resultsPage{
		name: "degradation",
		pictures: []picture{
			{"degradation-error", func() (*plot.Figure, error) { return errorPicture(r) }},
			{"degradation-curves", func() (*plot.Figure, error) { return curvePicture(r) }},
			{"degradation-gradients", func() (*plot.Figure, error) { return gradientPicture(r) }},
			{"degradation-shattering", func() (*plot.Figure, error) { return shatteringPicture(r) }},
		},
		write: func(w io.Writer, say lang.Language, pictures string) error {
			return degradationPage{r, say, pictures}.write(w)
		},
	}
}

// A degradationPage is the page in a language.
type degradationPage struct {
	degradationResults
	say      lang.Language
	pictures string // the folder of the pictures, from that of the page
}

// write writes the page in Markdown. All sentences about the results follow from the numbers.
func (r degradationPage) write(w io.Writer) error {
	var b strings.Builder
	s, depths := r.Settings, r.depths()
	first, last := depths[0], depths[len(depths)-1]
	para := func(text string) { b.WriteString(text + "\n\n") }
	show := func(name, text string) { fmt.Fprintf(&b, "![%s](%s/%s.svg)\n\n", text, r.pictures, name) }

	para("# " + r.say.Text("Degradation"))
	para(r.say.Text("Deeper plain networks learn worse than shallower ones, on the training images too: that is the degradation for which residual networks " +
		"were made (He et al. 2015, fig. 1 and 6). This page repeats the experiment, and looks at the gradients of the networks meanwhile. " +
		"It is written by `demo degradation`, sentences about the results included; `degradation.json` has the numbers."))
	para(r.say.Sprintf("%d networks of %d to %d layers with weights, plain and residual (option A), with batch normalisation, from %s: %d training images of shape %s in %d classes, "+
		"%d epochs, batches of %d, %s with the rate %g, which rises over the first twentieth of the steps and is divided by ten after a half and after three quarters, weight decay 1e-4. "+
		"± is the standard deviation over the seeds. The training took %.0f minutes in all.",
		len(r.Runs), first, last, r.say.Count(r.seeds(), "seed"), s.Train, s.Shape, s.Classes, s.Epochs, s.Batch, s.Optimizer, s.Rate, r.minutes()))

	para("## " + r.say.Text("The error by depth"))
	markdownTable(&b, r.errorRows())
	para(r.degradationSentence(false))
	para(r.degradationSentence(true))
	show("degradation-error", r.say.Text("The training error by depth, plain and residual"))
	show("degradation-curves", r.say.Text("Learning curves of the shallowest and the deepest networks"))

	para("## " + r.say.Text("The gradients do not vanish"))
	para(r.say.Text("It is tempting to say that deeper plain networks learn worse because their gradients vanish. These networks have batch normalisation. " +
		"The table has the gradient of the loss with respect to the pre-activations (what a layer's activation reads), its root mean square " +
		"in the first layer over that in the last hidden one: in the first step, and the median over all recorded steps. Below 0.001 it vanishes, above 1000 it explodes."))
	markdownTable(&b, r.gradientRows())
	para(r.gradientSentence())
	para(r.say.Text("Large ratios of deep plain networks in the first step are the opposite of vanishing, and known: at initialisation batch normalisation without skips lets " +
		"gradients grow by a constant factor per layer, some 1.2 with ReLU (Yang et al. 2019)."))
	show("degradation-gradients", r.say.Text("The gradient by layer in the deepest plain network and its residual twin"))

	para("## " + r.say.Text("They shatter"))
	para(r.say.Text("What differs is how alike the gradients of different inputs are (Balduzzi et al. 2017). The table has the correlation of the gradients of the output with respect to " +
		"the image: of different training images, and of neighbours on the line between two images, before and after the training. `demo shatter` compares " +
		"this with theory in simpler networks."))
	markdownTable(&b, r.shatteringRows())
	para(r.shatteringSentence())
	show("degradation-shattering", r.say.Text("The correlation of the gradients of neighbouring inputs by depth, before training"))

	para("## " + r.say.Text("Again, and larger"))
	b.WriteString("```\n" + "go run ./cmd/demo degradation -out docs/experiments -chinese docs/zh/experiments\n" +
		"go run ./cmd/demo degradation -depths 20,32,44,56,110 -data cifar-10-batches-bin -augment -lr 0.1 -epochs 164 -batch 128 -out cifar\n" + "```\n\n")
	b.WriteString(r.say.Text("The second line is the experiment of the paper, on the images of CIFAR-10 in the binary version.") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownTable writes rows, of which the first is the heading.
func markdownTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	b.WriteString("\n")
}

// errorRows are the errors at the end by depth.
func (r degradationPage) errorRows() [][]string {
	rows := [][]string{{r.say.Text("layers"), r.say.Text("plain, training error"), r.say.Text("residual, training error"), r.say.Text("plain, validation error"), r.say.Text("residual, validation error")}}
	for _, depth := range r.depths() {
		row := []string{fmt.Sprint(depth)}
		for _, of := range []func(degradationRun) float64{trainError, valError} {
			for _, residual := range []bool{false, true} {
				row = append(row, r.sample(depth, residual, of).percent())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// degradationSentence says whether depth raises the training error.
func (r degradationPage) degradationSentence(residual bool) string {
	depths := r.depths()
	best, deepest := depths[0], depths[len(depths)-1]
	for _, depth := range depths {
		if r.sample(depth, residual, trainError).mean < r.sample(best, residual, trainError).mean {
			best = depth
		}
	}
	a, b := r.sample(best, residual, trainError), r.sample(deepest, residual, trainError)
	name := r.kind(residual)
	switch {
	case r.seeds() < 2 && best == deepest:
		return r.say.Sprintf("%s: the deepest network has the lowest training error, %s. One seed has no spread, and proves nothing.", name, a.percent())
	case r.seeds() < 2:
		return r.say.Sprintf("%s: the training error is lowest at %d layers, %s; at %d it is %s. One seed has no spread, and proves nothing.", name, best, a.percent(), deepest, b.percent())
	case best == deepest:
		return r.say.Sprintf("%s: the deepest network has the lowest training error, %s. There is no degradation.", name, a.percent())
	case b.mean-a.mean > a.deviation+b.deviation:
		return r.say.Sprintf("%s: the training error is lowest at %d layers, %s, and rises to %s at %d: degradation.", name, best, a.percent(), b.percent(), deepest)
	}
	return r.say.Sprintf("%s: the training error is lowest at %d layers, %s; at %d it is %s, which is within the spread of the seeds.", name, best, a.percent(), deepest, b.percent())
}

// kind is the name of a kind of network at the beginning of a sentence.
func (r degradationPage) kind(residual bool) string {
	if residual {
		return r.say.Text("Residual")
	}
	return r.say.Text("Plain")
}

// gradientRows are the ratios of gradients by depth.
func (r degradationPage) gradientRows() [][]string {
	rows := [][]string{{r.say.Text("layers"), r.say.Text("plain, first step"), r.say.Text("residual, first step"), r.say.Text("plain, training"), r.say.Text("residual, training")}}
	for _, depth := range r.depths() {
		row := []string{fmt.Sprint(depth)}
		for _, of := range []func(degradationRun) float64{firstRatio, trainingRatio} {
			for _, residual := range []bool{false, true} {
				row = append(row, fmt.Sprintf("%.2g", r.sample(depth, residual, of).median))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// gradientSentence says which networks are not healthy, when.
func (r degradationPage) gradientSentence() string {
	var first, training, vanishing []string
	for _, depth := range r.depths() {
		for _, residual := range []bool{false, true} {
			name := twin{Depth: depth, Residual: residual}.String()
			a, b := r.sample(depth, residual, firstRatio).median, r.sample(depth, residual, trainingRatio).median
			if a >= 1000 {
				first = append(first, name)
			}
			if b >= 1000 {
				training = append(training, name)
			}
			if a <= 1e-3 || b <= 1e-3 {
				vanishing = append(vanishing, name)
			}
		}
	}
	names := func(list []string) string {
		if len(list) == 0 {
			return r.say.Text("none")
		}
		return strings.Join(list, r.say.Text(", "))
	}
	return r.say.Sprintf("Vanishing: %s. Exploding in the first step: %s. Exploding in the median over the training: %s.", names(vanishing), names(first), names(training))
}

// shatteringRows are the correlations by depth.
func (r degradationPage) shatteringRows() [][]string {
	rows := [][]string{{
		r.say.Text("layers"), r.say.Text("plain, different images"), r.say.Text("residual, different images"), r.say.Text("plain, neighbours"), r.say.Text("residual, neighbours"),
		r.say.Text("plain, neighbours, trained"), r.say.Text("residual, neighbours, trained"),
	}}
	for _, depth := range r.depths() {
		row := []string{fmt.Sprint(depth)}
		for _, of := range []func(degradationRun) float64{unrelatedBefore, neighboursBefore, neighboursAfter} {
			for _, residual := range []bool{false, true} {
				row = append(row, r.sample(depth, residual, of).number())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// shatteringSentence compares the deepest twins.
func (r degradationPage) shatteringSentence() string {
	depths := r.depths()
	deepest := depths[len(depths)-1]
	plain, residual := r.sample(deepest, false, neighboursBefore), r.sample(deepest, true, neighboursBefore)
	switch {
	case r.seeds() < 2:
		return r.say.Sprintf("Before training the gradients of neighbours have the correlation %s in plain%d and %s in resnet%[2]d, from one seed.", plain.number(), deepest, residual.number())
	case residual.mean-plain.mean > residual.deviation+plain.deviation:
		return r.say.Sprintf("Before training the gradients of neighbours have the correlation %s in plain%d and %s in resnet%[2]d: those of the plain network have less in common.",
			plain.number(), deepest, residual.number())
	}
	return r.say.Sprintf("Before training the gradients of neighbours have the correlation %s in plain%d and %s in resnet%[2]d, which is no clear difference.",
		plain.number(), deepest, residual.number())
}
