package network

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// theoryCommand is demo theory.
func theoryCommand(now func() time.Time) *cli.Command {
	o := setup.Options{Single: true, Now: now}
	var chaos bool
	return &cli.Command{
		Name: "theory", Usage: say.Text("tell what theory expects of a network before any training"),
		Description: say.Text(`Prints what mean-field theory expects of a network with its first weights: how signal and gradient change from layer to layer,
how deep such a network may be, and which weights would suit it. Nothing is trained, and no images are read.

With -chaos or -out it also draws the edge of chaos of the activation: for which weights and biases gradients vanish or explode.

Examples:
  demo theory -activation tanh -depth 50
  demo theory -activation tanh -init normal:0.15 -chaos -out pictures
  demo theory -norm bn -skip 2

Exit status:
  0    the prediction was printed
  1    theory does not cover the network, or the picture could not be written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(o.NetworkFlags(), console.Section(say.Text("Theory"),
			console.Whole("batch", &o.Batch, 64, 1, 60000, say.Text("`images` in a training step")),
			console.Toggle("chaos", &chaos, say.Text("draw the edge of chaos of the activation")),
		), setup.OutFlag(&o.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.Check(cmd); err != nil {
				return err
			}
			f, err := console.Await(ctx, func() (forecast, error) { return forecastOf(o) })
			if err != nil {
				return err
			}
			out := console.Lasting(cmd.Writer)
			if err := f.print(out); err != nil || !chaos && o.Out == "" {
				return err
			}
			return drawChaos(ctx, o, f, out)
		},
	}
}

// A forecast is what theory expects of a network.
type forecast struct {
	name string
	net  theory.Net
	theory.Prediction
	card theory.Card
}

// forecastOf predicts the network that the flags describe.
func forecastOf(o setup.Options) (f forecast, _ error) {
	name, program, err := programOf(o)
	if err != nil {
		return f, err
	}
	defer program.Close()
	net, err := vanishing.Describe(program)
	if err != nil {
		return f, uncovered(name, err)
	}
	p, err := theory.Predict(net)
	if err != nil {
		return f, uncovered(name, err)
	}
	return forecast{name, net, p, theory.CardOf(net, p)}, nil
}

// uncovered tells why there is no prediction for a network, without the names of packages.
func uncovered(name string, err error) error {
	_, reason, _ := strings.Cut(strings.TrimSuffix(err.Error(), ": "+theory.ErrNoTheory.Error()), ": ")
	return errors.New(say.Sprintf("theory does not cover %s: %s", name, say.Stored(reason)))
}

// print prints the table of layers, what its columns are, and the card.
func (f forecast) print(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", say.Sprintf("%s: expected by mean-field theory before training, for a batch of %d unrelated inputs of mean square 1", f.name, f.net.Batch))
	if err := console.PrintColumns(w, f.rows(), 2); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteByte('\n')
	console.WriteWrapped(&b, "", say.Sprintf("q: mean square of the pre-activations, which the layer's activation reads. chi: factor by which the square of delta changes on "+
		"its way back from the next layer. delta: gradient of the loss with respect to the pre-activations; its root mean square (RMS) is relative "+
		"to layer %d, in decades (factors of ten), ± one standard deviation over initialisations.", f.lastHidden()+1))
	b.WriteByte('\n')
	for _, sentence := range f.sentences() {
		console.WriteWrapped(&b, "- ", sentence)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxTheoryRows is how many layers the table shows at most.
const maxTheoryRows = 20

// rows are those of the table, evenly chosen.
func (f forecast) rows() [][]string {
	rows := [][]string{{say.Text("depth"), say.Text("layer"), "q", "chi", "log10 RMS(delta)"}}
	for _, i := range evenly.Pick(len(f.Layers), maxTheoryRows, f.lastHidden()) {
		l := f.Layers[i]
		chi, change := "-", "-"
		if i <= f.lastHidden() && l.Q > 0 {
			chi = fmt.Sprintf("%.3g", l.Chi)
		}
		if i <= f.lastHidden() {
			change = f.change(i)
		}
		rows = append(rows, []string{fmt.Sprint(i + 1), l.Name, fmt.Sprintf("%.3g", l.Q), chi, change})
	}
	return rows
}

// lastHidden is the layer that gradients are compared with.
func (f forecast) lastHidden() int { return len(f.Layers) - 2 }

// change is the expected change of the gradient from the last hidden layer to a layer, in decades.
func (f forecast) change(i int) string {
	switch {
	case math.IsInf(f.Layers[i].LogDelta, -1):
		return say.Text("zero")
	case i == f.lastHidden():
		return "0"
	}
	mean, sd := f.decades(i)
	return fmt.Sprintf("%+.2f ± %.2f", mean, sd)
}

// decades are the expected change and its standard deviation, which includes the error of theory itself.
func (f forecast) decades(i int) (mean, sd float64) {
	mean, sd = f.Layers[i].Since(f.Layers[f.lastHidden()])
	return mean / 2 / math.Ln10, math.Hypot(sd, theory.ModelError) / 2 / math.Ln10
}
