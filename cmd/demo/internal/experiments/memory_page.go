package experiments

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// page is the page of the results.
func (r memoryResults) page() resultsPage {
	var pictures []picture
	if len(r.lags("copy")) > 0 {
		pictures = append(pictures, picture{"memory", r.picture})
	}
	if r.units != nil {
		pictures = append(pictures, picture{"memory-units", r.units.picture})
	}
	return resultsPage{
		name: "memory", pictures: pictures,
		write: func(w io.Writer, say lang.Language, pictures string) error {
			return memoryPage{r, say, pictures}.write(w)
		},
	}
}

// chosenLag is the lag of the copy problem that the sentences and the picture are about: 100 if it was tried, otherwise the longest.
func (r memoryResults) chosenLag() int {
	lags := r.lags("copy")
	if slices.Contains(lags, 100) {
		return 100
	}
	return lags[len(lags)-1]
}

// picture draws the gradient over the steps before training, on the copy problem, of one network of each kind.
func (r memoryResults) picture() (*plot.Figure, error) {
	lag := r.chosenLag()
	lines := plot.Lines{
		Title: fmt.Sprintf("The gradient through time, lag %d", lag), X: "steps back from the last one", Y: "gradient, over that at the last step", Log: true,
		Low: 1e-9, High: 10, Note: "Before training, on the copy problem.",
	}
	for i, net := range memoryNets {
		runs := r.kind("copy", net.key, lag)
		if len(runs) == 0 {
			continue
		}
		s := plot.Series{Name: net.title, Style: 1 + i, Plain: true}
		for k, back := range runs[0].Back {
			s.X, s.Y = append(s.X, float64(back)), append(s.Y, float64(runs[0].Size[k]))
		}
		lines.Series = append(lines.Series, s)
	}
	return lines.Draw()
}

// A memoryPage is the page in a language.
type memoryPage struct {
	memoryResults
	say      lang.Language
	pictures string // the folder of the picture, from that of the page
}

// write writes the page in Markdown. All sentences about the results follow from the numbers.
func (r memoryPage) write(w io.Writer) error {
	var b strings.Builder
	s := r.Settings
	para := func(text string) { b.WriteString(text + "\n\n") }

	para("# " + r.say.Text("Long memory"))
	para(r.say.Text("Which recurrent networks learn what lies many steps back, and does the gradient tell beforehand? This page trains four kinds on two problems that need nothing but memory " +
		"(Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016). It is written by `demo memory`, sentences about the results included; `memory.json` has the numbers."))
	para(r.say.Sprintf("**Copy**: the network reads %d symbols of %d, waits for the lag, and must then write them; the loss counts the answer alone, so the gradient has to come back the whole way. "+
		"The score is the share of symbols that are right: guessing gives %.2f. "+
		"**Adding**: of as many random numbers as the lag, two are marked, one in each half, and the network must give their sum at the end. "+
		"The score is the share of the variance that is explained: always giving the mean has 0.", s.Length, s.Symbols, 1/float64(s.Symbols)))
	para(r.say.Sprintf("The networks have %d units in one layer. The forget bias ln(lag) lets a cell of an LSTM keep its content for about as many steps as the lag (Tallec & Ollivier 2018). The LRU is a linear recurrence "+
		"with factors of 0.9 to 0.999 at first, between layers with ReLU (Orvieto et al. 2023). Adam with the rate %g, batches of %d, gradients clipped to a norm of 1. "+
		"A problem is solved by a score of %g on %d other sequences. The training took %.0f minutes in all.",
		s.Units, s.Rate, s.Batch, solved, memoryHeld, r.minutes()))
	for i, title := range []string{r.say.Text("Copy"), r.say.Text("Adding")} {
		if len(r.lags(problems[i])) == 0 {
			continue
		}
		para("## " + title)
		para(r.say.Text("How many of the networks solved it, by the lag and in so many steps at most, with their mean score:"))
		markdownTable(&b, r.scoreRows(problems[i]))
	}
	if len(r.lags("copy")) > 0 {
		r.gradientSection(&b)
	}
	if r.units != nil {
		r.unitsSection(&b)
	}
	para("## " + r.say.Text("Again"))
	b.WriteString("```\ngo run ./cmd/demo memory -out docs/experiments -chinese docs/zh/experiments\n" +
		"go run ./cmd/demo memory -problem copy -lags 100 -steps 4000 -out docs/experiments -chinese docs/zh/experiments\n" +
		"go run ./cmd/demo memory -lags 500 -seeds 1 -out docs/experiments -chinese docs/zh/experiments\n```\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// gradientSection writes about the gradient over the steps, on the copy problem.
func (r memoryPage) gradientSection(b *strings.Builder) {
	para := func(text string) { b.WriteString(text + "\n\n") }
	para("## " + r.say.Text("The gradient through time"))
	para(r.say.Text("The table has the decades (powers of ten) that the gradient loses per step on its way back, on the copy problem, in the first training step: the gradient of the loss with respect to the pre-activations, " +
		"its root mean square by step, the slope of a line through all steps, and the median over the seeds. Three decades are a factor of 1000."))
	markdownTable(b, r.gradientRows())
	for _, line := range r.lagSentences() {
		b.WriteString("- " + line + "\n")
	}
	b.WriteString("\n")
	para(r.separation())
	para(fmt.Sprintf("![%s](%s/memory.svg)", r.say.Text("The gradient by steps back from the last one, before training"), r.pictures))
}

// heading is the first row of a table by lag.
func (r memoryPage) heading(more ...string) []string {
	row := append([]string{r.say.Text("lag")}, more...)
	for _, net := range memoryNets {
		row = append(row, r.say.Text(net.title))
	}
	return row
}

// rows is a table with a row for each lag, and a cell for each kind of network on a problem.
func (r memoryPage) rows(problem string, cell func(runs []memoryRun) string) (rows [][]string) {
	for _, lag := range r.lags(problem) {
		row := []string{fmt.Sprint(lag)}
		for _, net := range memoryNets {
			row = append(row, cell(r.kind(problem, net.key, lag)))
		}
		rows = append(rows, row)
	}
	return rows
}

func (r memoryPage) scoreRows(problem string) [][]string {
	rows := r.rows(problem, func(runs []memoryRun) string {
		if len(runs) == 0 {
			return "-"
		}
		return r.say.Sprintf("%d of %d (%.2f)", countSolved(runs), len(runs), newSample(each(runs, memoryRun.last)).mean)
	})
	for i, lag := range r.lags(problem) {
		rows[i] = slices.Insert(rows[i], 1, fmt.Sprint(r.most(problem, lag)))
	}
	return append([][]string{r.heading(r.say.Text("steps"))}, rows...)
}

// most is the largest number of steps on a problem at a lag.
func (r memoryPage) most(problem string, lag int) (steps int) {
	for _, run := range r.Runs {
		if run.Problem == problem && run.Lag == lag {
			steps = max(steps, run.Steps)
		}
	}
	return steps
}

func (r memoryPage) gradientRows() [][]string {
	rows := r.rows("copy", func(runs []memoryRun) string { return decimal(medianSlope(runs), 3) })
	return append([][]string{r.heading()}, rows...)
}

// medianSlope is the decades that the first gradient of some networks loses per step.
func medianSlope(runs []memoryRun) float64 {
	return newSample(each(runs, func(r memoryRun) float64 { return float64(r.First.Slope) })).median
}

// lagSentences say of each kind of network whether it solves the copy problem at the chosen lag, and why.
func (r memoryPage) lagSentences() (list []string) {
	lag := r.chosenLag()
	for _, net := range memoryNets {
		runs := r.kind("copy", net.key, lag)
		slope := medianSlope(runs)
		list = append(list, r.say.Sprintf("%s at lag %d: %d of %d networks solve the copy problem. The gradient loses %s decades per step, %s over the lag.",
			r.say.Text(net.title), lag, countSolved(runs), len(runs), decimal(slope, 3), decimal(slope*float64(lag), 1)))
	}
	return list
}

// separation says whether the first gradient tells which networks solve the copy problem.
func (r memoryPage) separation() string {
	most, least := math.Inf(-1), math.Inf(1) // lost by networks that solved it, and by others
	for _, run := range r.Runs {
		switch {
		case run.Problem != "copy":
		case run.solved():
			most = max(most, run.lost())
		default:
			least = min(least, run.lost())
		}
	}
	lost, kept := apart(most, least)
	switch {
	case math.IsInf(most, -1):
		return r.say.Text("No network solved the copy problem.")
	case math.IsInf(least, 1):
		return r.say.Text("All networks solved the copy problem.")
	case most < least:
		return r.say.Sprintf("Over all lags, networks that solved the copy problem lost at most %s decades over the lag before training, the others at least %s: the first gradient tells them apart.", lost, kept)
	}
	return r.say.Sprintf("Over all lags, networks that solved the copy problem lost up to %s decades over the lag before training, and others as little as %s: a gradient that arrives is not enough alone.", lost, kept)
}
