package runs

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// writeReport prints the summary until printing is done, and fills the folder until writing is done. Neither a full disk nor a
// closed or stuck output loses the other. At the end it prints where the files are, if all were written.
func writeReport(printing, writing context.Context, to *reportdir.Folder, results []result, out io.Writer) error {
	printErr := console.AwaitDone(printing, func() error { return summary(out, console.TextFor(out), results) })
	fill(writing, to, results)
	unsaved := to.Unsaved()
	where, latestErr := to.Where()
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
	if err := textScores(w, results); err != nil {
		return err
	}
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
			loss, accuracy = console.Number(last.Train.Loss), fmt.Sprintf("%.1f%%", 100*last.Val.Accuracy)
		}
		rows = append(rows, []string{r.all.Profile.Name, loss, accuracy, ratio(r.first), ratio(r.last), r.all.Verdict.In(say.Language)})
	}
	return console.PrintColumns(w, rows, 3)
}

// ratio is the gradient of the first hidden layer over that of the last.
func ratio(d vanishing.Diagnosis) string {
	switch {
	case math.IsNaN(d.Ratio) && d.NonFinite != nil:
		return say.Text("not finite")
	case math.IsNaN(d.Ratio):
		return say.Text("none left")
	}
	return fmt.Sprintf("%.2g", d.Ratio)
}

// lastStep diagnoses the last step alone.
func lastStep(p vanishing.Profile) vanishing.Diagnosis {
	p.Records = p.Records[max(len(p.Records)-1, 0):]
	return vanishing.DiagnoseIn(say.Language, p)
}

// reportFiles are the files that fill writes, apart from pictures.
var reportFiles = []string{reportdir.ProfilesName, "report.txt", "report.html", "profiles.csv", reportdir.ParamsName}

// fill writes the files of the report of a training to a folder. It begins with the profiles and writes them even if ctx is done, because all other files can
// be made from them.
func fill(ctx context.Context, f *reportdir.Folder, results []result) {
	var all []vanishing.Diagnosis
	for _, r := range results {
		all = append(all, r.all)
	}
	f.Write(context.WithoutCancel(ctx), reportdir.ProfilesName, func(w io.Writer) error { return report.JSON(w, all...) })
	f.Write(ctx, "report.txt", func(w io.Writer) error { return fullText(w, results) })
	f.Write(ctx, "report.html", func(w io.Writer) error { return report.HTML(w, all...) })
	f.Write(ctx, "profiles.csv", func(w io.Writer) error { return report.CSV(w, all...) })
	f.Draw(ctx, all)
	for _, r := range results {
		if r.params != nil {
			f.Try(ctx, reportdir.ParamsName, func() error { return r.params.Save(filepath.Join(f.Path, reportdir.ParamsName)) })
		}
	}
}

// fullText writes the summary, and below it the findings and the layers of each network.
func fullText(w io.Writer, results []result) error {
	if err := summary(w, report.Text{}, results); err != nil {
		return err
	}
	for _, r := range results {
		fmt.Fprint(w, "\n\n")
		if err := (report.Text{Notes: true}).Table(w, r.all); err != nil {
			return err
		}
	}
	return nil
}
