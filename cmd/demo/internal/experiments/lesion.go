package experiments

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing/lesion"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// A lesions is demo lesion: what networks lose with each of their blocks.
type lesions struct {
	setup.Options
	params, plain string // files of parameters of the network and its plain twin; empty: train them
	images        int    // on which the accuracy is measured
}

// lesionCommand is demo lesion.
func lesionCommand(now func() time.Time) *cli.Command {
	l := lesions{Options: setup.Options{Single: true, Now: now}}
	return &cli.Command{
		Name: "lesion", Usage: say.Text("tell what a trained network loses with each of its blocks"),
		Description: say.Text(`Takes the residual blocks of a trained network away, one at a time, and measures the accuracy that is left (Veit et al. 2016).
It does the same with the plain twin, which has the same layers and no skips: there a block is taken away by joining its
neighbours, except where it changes the shape. A residual network loses less, for most of its paths go around any one block.

Without files of parameters it trains both networks on the images first, which takes about a minute. demo train -model writes
such files.

Examples:
  demo lesion
  demo lesion -model resnet32 -time 5m -augment
  demo lesion -model resnet20 -params a/parameters.safetensors -plain b/parameters.safetensors

Exit status:
  0    the accuracies were printed and drawn
  1    a network could not be trained or read, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(l.ConvTrainingFlags("resnet14", 1, checkResidual), console.Section(say.Text("Lesion"),
			console.String("params", &l.params, "", say.Text("`file` of the residual network's parameters (default: train it)"), nil, console.FileName),
			console.String("plain", &l.plain, "", say.Text("`file` of the plain twin's parameters (default: train it)"), nil, console.FileName),
			console.Whole("images", &l.images, 1000, 1, 1e6, say.Text("validation `images` on which the accuracy is measured")),
		), l.DataFlags(), setup.OutFlag(&l.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := l.CheckConvolutional(cmd); err != nil {
				return err
			}
			if err := l.Check(cmd); err != nil {
				return err
			}
			return l.run(ctx, console.Lasting(cmd.Writer), cmd.ErrWriter)
		},
	}
}

// checkResidual refuses names of networks that are unknown or have no skips.
func checkResidual(text string) error {
	if err := setup.CheckModel(text); err != nil {
		return err
	}
	if m, _, _ := resnet.Named(text, 1); m.NoSkip {
		return console.Wanted(text, say.Text("a network with skips, such as resnet20 (its plain twin is taken besides)"))
	}
	return nil
}

// A wounded is a network with what it loses.
type wounded struct {
	name string
	lesion.Result
}

// run trains or reads the two networks, studies them, and prints and draws the results.
func (l lesions) run(ctx context.Context, out, log io.Writer) error {
	trainSet, valSet, err := l.Options.Images(ctx)
	if err != nil {
		return err
	}
	if valSet, err = valSet.Subset(min(l.images, valSet.Len())); err != nil {
		return err
	}
	to, err := l.NewFolder("lesion")
	if err != nil {
		return err
	}
	defer to.Close()
	say.Fprintf(out, "images: %d to train on, %d to measure the accuracy on\n\n", trainSet.Len(), valSet.Len())
	results, order := make([]wounded, 2), []int{0, 1}
	if l.params == "" && l.plain != "" {
		order = []int{1, 0} // a file that cannot be read is told before a network is trained
	}
	for _, i := range order {
		results[i], err = console.Await(ctx, func() (wounded, error) { return l.wound(ctx, i == 1, trainSet, valSet, log) })
		if err != nil {
			return err
		}
	}
	if err := printLesions(out, results); err != nil {
		return err
	}
	to.Picture(ctx, "lesion", func() (*plot.Figure, error) { return lesionPicture(results) })
	to.Write(ctx, "lesion.txt", func(w io.Writer) error { return printLesions(w, results) })
	return to.Finish(out)
}

// wound trains or reads a network and takes its blocks away.
func (l lesions) wound(ctx context.Context, plain bool, trainSet, valSet *data.Dataset, log io.Writer) (wounded, error) {
	m, _, err := resnet.Named(l.Model, len(trainSet.Classes))
	if err != nil {
		return wounded{}, err
	}
	n, flag, file := setup.Network{Name: l.Model, Model: m}, "params", l.params
	if plain {
		m.NoSkip = true
		n, flag, file = setup.Network{Name: strings.Replace(l.Model, "resnet", "plain", 1), Model: m}, "plain", l.plain
	}
	params, err := l.Parameters(ctx, n, flag, file, trainSet, valSet, log)
	if err != nil {
		return wounded{}, err
	}
	r, err := lesion.Study(ctx, lesion.Config{Model: n.Model, Params: params, Data: valSet})
	return wounded{n.Name, r}, err
}

// printLesions prints a table with a row for each block, and a sentence for each network.
func printLesions(w io.Writer, results []wounded) error {
	rows := [][]string{{say.Text("without")}, {say.Text("nothing")}}
	for i, b := range results[0].Blocks {
		rows = append(rows, []string{b.Path})
		for _, r := range results {
			rows[i+2] = append(rows[i+2], left(r.Blocks[i]))
		}
	}
	for _, r := range results {
		rows[0] = append(rows[0], r.name)
		rows[1] = append(rows[1], percent(r.Accuracy))
	}
	if err := console.PrintColumns(w, rows, 3); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, r := range results {
		say.Fprintf(w, "%s: %s right with all blocks; without one block %s on average, at worst %s.\n",
			r.name, percent(r.Accuracy), percent(r.mean()), percent(r.worst()))
	}
	_, err := fmt.Fprintf(w, "%s\n", say.Text("* The block changes the shape, so that a projection or a padding is left of it. -: it has no skip and cannot be taken away."))
	return err
}

// left is the accuracy without a block, in the table.
func left(b lesion.Block) string {
	switch {
	case b.Fixed:
		return "-"
	case b.Reshapes:
		return percent(b.Accuracy) + " *"
	}
	return percent(b.Accuracy)
}

func percent(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }

// mean is the mean accuracy without a block.
func (w wounded) mean() float64 {
	sum, n := 0.0, 0
	for _, b := range w.Blocks {
		if !b.Fixed {
			sum, n = sum+b.Accuracy, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// worst is the lowest accuracy without a block.
func (w wounded) worst() float64 {
	worst := w.Accuracy
	for _, b := range w.Blocks {
		if !b.Fixed {
			worst = min(worst, b.Accuracy)
		}
	}
	return worst
}

// lesionPicture draws the accuracies over the blocks.
func lesionPicture(results []wounded) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Accuracy without one block", X: "block that is left out", Y: "accuracy on the validation images", High: 1,
		Note: "Dotted: the whole network. Each point is the network without one residual block, or the plain twin without the same layers " +
			"(Veit et al. 2016). Blocks of the plain twin that change the shape cannot be left out.",
	}
	for i, r := range results {
		s, whole := plot.Series{Name: r.name, Style: i + 1}, plot.Series{Name: r.name + ", whole", Style: i + 1, Dotted: true}
		for k, b := range r.Blocks {
			whole.X, whole.Y = append(whole.X, float64(k+1)), append(whole.Y, r.Accuracy)
			if !b.Fixed {
				s.X, s.Y = append(s.X, float64(k+1)), append(s.Y, b.Accuracy)
			}
		}
		lines.Series = append(lines.Series, s, whole)
	}
	return lines.Draw()
}
