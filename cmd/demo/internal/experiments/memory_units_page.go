package experiments

import (
	"fmt"
	"math"
	"strings"

	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// picture draws the gradients by the two parameters of the factors over the memory, with and without γ.
func (u *unitGradients) picture() (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Gradients by the parameters of a linear recurrent unit", X: "memory 1/(1-|λ|), in steps", Y: "gradient (RMS)", Log: true, LogX: true,
		Note: "White noise, read out at the last step. Dotted: theory. The states are stable: their gradient never grows over time.",
	}
	for i, line := range []struct {
		name, param string
		gamma       int
	}{
		{"theta_log, γ = 1", "theta_log", 0}, {"theta_log", "theta_log", 1}, {"nu_log, γ = 1", "nu_log", 0}, {"nu_log", "nu_log", 1},
	} {
		row := u.row(line.param)
		lines.Series = append(lines.Series,
			plot.Series{Name: line.name, X: u.memories, Y: row.measured[line.gamma], Style: i + 1},
			plot.Series{Name: line.name + ", theory", X: u.memories, Y: row.expected[line.gamma], Style: i + 1, Dotted: true})
	}
	return lines.Draw()
}

// row finds the results of a parameter by its name.
func (u *unitGradients) row(name string) (row unitRow) {
	for _, r := range u.rows {
		if r.name == name {
			row = r
		}
	}
	return row
}

// unitsSection writes how the gradients by the parameters go with the memory.
func (r memoryPage) unitsSection(b *strings.Builder) {
	u := r.units
	para := func(text string) { b.WriteString(text + "\n\n") }
	longest := math.Round(u.memories[len(u.memories)-1])
	para("## " + r.say.Text("The price of a long memory"))
	para(r.say.Text("A state of an LRU is x = λ·(x of the step before) + γ·B·u. Its gradient over time is multiplied by |λ| < 1 at each step back, so it cannot explode. " +
		"The gradients by the parameters grow all the same as the memory 1/(1-|λ|) gets longer, because a change of λ acts at every step that the state remembers (Zucchet & Orvieto 2024). " +
		"For white noise u with E|B·u|² = 1, a loss that is linear in the outputs of the last step, and r = |λ|²:"))
	para("E|dx/dλ|² = γ²·(1+r)/(1-r)³,  E|x|² = γ²/(1-r)")
	para(r.say.Text("The root mean square of the gradient by λ grows as the memory to the power 3/2, that by B as the root of the memory. The LRU has two remedies. " +
		"With |λ| = exp(-exp(nu_log)) the gradient by nu_log has a factor of 1/memory, and γ = sqrt(1-|λ|²) one of 1/sqrt(memory). " +
		"With both, the gradients keep their size, except for that by theta_log, the logarithm of the angle of λ: it still grows in proportion to the memory. A smaller angle (MaxPhase) makes it smaller by that factor. " +
		"`theory.LinearState` has the formulas, for sequences of any length."))
	para(r.say.Sprintf("The table has the power of the memory by which each gradient grows in an LRU of %d states at its first values, all of one memory: %d memories from 10 to %g steps, %d networks of each, sequences of %d times the memory. "+
		"*Measured* and *formula* are slopes of lines through the same memories, and *limit* is the power for long memories. The gradient by |λ| is that by nu_log over d|λ|/dnu_log. "+
		"These numbers are not in `memory.json`: they take seconds, and are measured anew with the page.",
		unitStates, len(u.memories), longest, unitSeeds, unitSpan))
	markdownTable(b, r.unitRows())
	para(r.say.Sprintf("All %d measured gradients are within %.0f %% of the formulas. The gradient by the states is never larger than %.2f times that at the last step.",
		2*len(u.rows)*len(u.memories), math.Ceil(100*u.worst()), u.most))
	d := u.diagnosis.In(r.say)
	para(r.say.Sprintf("What the recorder says of the LRU with a memory of %g steps: %s.", longest, d.Verdict.In(r.say)))
	for _, f := range d.Findings {
		fmt.Fprintf(b, "> %s\n\n", r.say.Sentences(f.Sentence, f.Evidence))
	}
	para(fmt.Sprintf("![%s](%s/memory-units.svg)", r.say.Text("The gradients by theta_log and nu_log over the memory, with and without γ"), r.pictures))
}

// unitRows are the powers of the memory.
func (r memoryPage) unitRows() [][]string {
	rows := [][]string{{r.say.Text("gradient by")}}
	for _, gamma := range []string{"γ = 1", "γ = sqrt(1-|λ|²)"} {
		for _, what := range []string{r.say.Text("measured"), r.say.Text("formula"), r.say.Text("limit")} {
			rows[0] = append(rows[0], strings.ReplaceAll(gamma, "|", `\|`)+r.say.Text(": ")+what)
		}
	}
	for _, row := range r.units.rows {
		cells := []string{strings.ReplaceAll(row.name, "|", `\|`)}
		for g := range row.measured {
			for _, power := range []float64{r.units.power(row.measured[g]), r.units.power(row.expected[g])} {
				cells = append(cells, decimal(power, 2))
			}
			cells = append(cells, fmt.Sprintf("%g", row.limits[g]))
		}
		rows = append(rows, cells)
	}
	return rows
}
