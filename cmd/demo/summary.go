package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// writeReport fills the folder, until ctx is done, and prints the summary, in this order, so that a closed output costs no
// results. A full disk costs no summary either.
func writeReport(ctx context.Context, to *folder, results []result, out io.Writer) error {
	to.fill(ctx, results)
	unsaved := to.unsaved()
	where, latestErr := to.where()
	printing, cancel := later(ctx, printTime)
	defer cancel()
	return stderrors.Join(unsaved, latestErr, awaitDone(printing, func() error {
		err := summary(out, report.TextFor(out), results)
		if err == nil && unsaved == nil {
			_, err = fmt.Fprintf(out, "\n%s\n", printable.Text(where))
		}
		return err
	}))
}

// summary is what the command ends with: a table, what was found of each network, and its gradient as bars.
func summary(w io.Writer, text report.Text, results []result) error {
	table(w, results)
	fmt.Fprint(w, "\nThe gradient is dL/dz, that of the loss with respect to the pre-activations: its root mean square in the first\n"+
		"hidden layer over that in the last. Below 1 it shrinks on its way back from the output to the input.\n\n")
	for _, p := range profiles(results) {
		fmt.Fprintf(w, "%s\n  first step  %s\n  all steps   %s\n",
			p.Name, vanishing.Diagnose(firstStep(p)).Sentence, vanishing.Diagnose(p).Sentence)
	}
	fmt.Fprint(w, "\nThe gradient by layer in the first step, on one logarithmic scale:\n\n")
	return text.Bars(w, firstSteps(profiles(results))...)
}

// table has one row for each network.
func table(w io.Writer, results []result) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	defer t.Flush()
	fmt.Fprintln(t, "network\ttrain loss\tval accuracy\tgradient, first/last layer\tin the last step\tverdict")
	for _, r := range results {
		loss, accuracy := "-", "-"
		if n := len(r.history.Epochs); n > 0 {
			last := r.history.Epochs[n-1]
			loss, accuracy = fmt.Sprintf("%.4f", last.Train.Loss), fmt.Sprintf("%.1f%%", 100*last.Val.Accuracy)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%v\n", r.profile.Name, loss, accuracy,
			ratio(firstStep(r.profile)), ratio(lastStep(r.profile)), vanishing.Diagnose(r.profile).Verdict)
	}
}

// ratio is the gradient of the first hidden layer over that of the last.
func ratio(p vanishing.Profile) string {
	v := vanishing.Diagnose(p).Ratio
	if math.IsNaN(v) {
		return "none left"
	}
	return fmt.Sprintf("%.2g", v)
}

func profiles(results []result) []vanishing.Profile {
	list := make([]vanishing.Profile, len(results))
	for i, r := range results {
		list[i] = r.profile
	}
	return list
}

func firstSteps(profiles []vanishing.Profile) []vanishing.Profile {
	list := make([]vanishing.Profile, len(profiles))
	for i, p := range profiles {
		list[i] = firstStep(p)
	}
	return list
}

func firstStep(p vanishing.Profile) vanishing.Profile {
	p.Records = p.Records[:min(len(p.Records), 1)]
	return p
}

func lastStep(p vanishing.Profile) vanishing.Profile {
	p.Records = p.Records[max(len(p.Records)-1, 0):]
	return p
}
