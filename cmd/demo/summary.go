package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"math"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// writeReport prints the summary until printing is done, and fills the folder until writing is done. Neither a full disk nor a
// closed or stuck output loses the other. At the end it prints where the files are, if all were written.
func writeReport(printing, writing context.Context, to *folder, results []result, out io.Writer) error {
	printErr := awaitDone(printing, func() error { return summary(out, textFor(out), results) })
	to.fill(writing, results)
	unsaved := to.unsaved()
	where, latestErr := to.where()
	if printErr == nil && unsaved == nil {
		_, printErr = fmt.Fprintf(out, "\n%s\n", printable.Text(where))
	}
	return stderrors.Join(unsaved, latestErr, printErr)
}

// summary prints a table, the diagnosis of each network, and its gradient as bars.
func summary(w io.Writer, text report.Text, results []result) error {
	if err := table(w, results); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\n", say.Text("The gradient is dL/dz, the derivative of the loss with respect to the pre-activations (what a layer's activation\n"+
		"reads). The table gives its root mean square in the first hidden layer divided by that in the last: below 1, it shrinks\n"+
		"on its way back from the output to the input."))
	var first []vanishing.Diagnosis
	for _, r := range results {
		say.Fprintf(w, "%s\n  first step  %s\n  all steps   %s\n", r.all.Profile.Name, r.first.Sentence, r.all.Sentence)
		first = append(first, r.first)
	}
	fmt.Fprintf(w, "\n%s\n\n", say.Text("The gradient by layer in the first step, on one logarithmic scale:"))
	return text.Bars(w, first...)
}

// table prints one row for each network.
func table(w io.Writer, results []result) error {
	rows := [][]string{{say.Text("network"), say.Text("train loss"), say.Text("val accuracy"), say.Text("gradient, first/last layer"), say.Text("in the last step"), say.Text("verdict")}}
	for _, r := range results {
		loss, accuracy := "-", "-"
		if n := len(r.history.Epochs); n > 0 {
			last := r.history.Epochs[n-1]
			loss, accuracy = fmt.Sprintf("%.4f", last.Train.Loss), fmt.Sprintf("%.1f%%", 100*last.Val.Accuracy)
		}
		rows = append(rows, []string{r.all.Profile.Name, loss, accuracy, ratio(r.first), ratio(r.last), r.all.Verdict.In(say)})
	}
	return printColumns(w, rows, 3)
}

// ratio is the gradient of the first hidden layer over that of the last.
func ratio(d vanishing.Diagnosis) string {
	if math.IsNaN(d.Ratio) {
		return say.Text("none left")
	}
	return fmt.Sprintf("%.2g", d.Ratio)
}

// firstSteps diagnoses the first steps alone.
func firstSteps(diagnoses []vanishing.Diagnosis) []vanishing.Diagnosis {
	list := make([]vanishing.Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		list[i] = firstStep(d.Profile)
	}
	return list
}

// firstStep diagnoses the first step alone.
func firstStep(p vanishing.Profile) vanishing.Diagnosis {
	p.Records = p.Records[:min(len(p.Records), 1)]
	return vanishing.DiagnoseIn(say, p)
}

// lastStep diagnoses the last step alone.
func lastStep(p vanishing.Profile) vanishing.Diagnosis {
	p.Records = p.Records[max(len(p.Records)-1, 0):]
	return vanishing.DiagnoseIn(say, p)
}
