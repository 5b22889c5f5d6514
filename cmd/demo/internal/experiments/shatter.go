package experiments

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/vanishing/report/plot"
	"github.com/gradflow/gradflow/vanishing/shatter"
)

// A shattering is demo shatter.
type shattering struct {
	setup.Options
	config shatter.Config
	most   int // the largest depth
}

// shatterCommand is demo shatter.
func shatterCommand(now func() time.Time) *cli.Command {
	s := shattering{Options: setup.Options{Now: now}, config: shatter.Config{Nets: shatter.Nets()}}
	return &cli.Command{
		Name: "shatter", Usage: say.Text("measure how alike the gradients of different inputs are, by depth"),
		Description: say.Text(`Measures the correlation of the gradients of the output with respect to different inputs, in networks with their first weights
(Balduzzi et al. 2017): plain and residual, with and without batch normalisation. Gradients may keep their size and still have
nothing in common: they shatter. The factors and powers by depth are compared with theory.

Nothing is trained. It takes about half a minute.

Examples:
  demo shatter
  demo shatter -deepest 24 -seeds 1 -out pictures

Exit status:
  0    the correlations were printed and drawn
  1    a file could not be written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: append(console.Section(say.Text("Shattering"),
			console.Whole("deepest", &s.most, 48, 2, 1000, say.Text("number of `blocks` of the deepest network")),
			console.Whole("width", &s.config.Width, 200, 1, 4096, say.Text("`units` in each layer")),
			console.Whole("inputs", &s.config.Inputs, 64, 8, 4096, say.Text("`inputs` whose gradients are compared")),
			console.Whole("seeds", &s.config.Seeds, 8, 1, 1000, say.Text("`networks` of each kind and depth")),
			console.Whole("seed", &s.config.Seed, 1, 0, 1<<64-1, say.Text("seed of all that is random; the same `number` gives the same results")),
		), setup.OutFlag(&s.Out)...),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			console.ReportSettings(cmd.ErrWriter)
			return s.run(ctx, console.Lasting(cmd.Writer))
		},
	}
}

// run measures, prints and draws.
func (s shattering) run(ctx context.Context, out io.Writer) error {
	for _, depth := range []int{1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1000} {
		if depth < s.most {
			s.config.Depths = append(s.config.Depths, depth)
		}
	}
	s.config.Depths = append(s.config.Depths, s.most)
	to, err := s.NewFolder("shatter")
	if err != nil {
		return err
	}
	defer to.Close()
	curves, err := console.Await(ctx, func() ([]shatter.Curve, error) { return shatter.Measure(ctx, s.config) })
	if err != nil {
		return err
	}
	if err := printShattering(out, curves); err != nil {
		return err
	}
	to.Picture(ctx, "shatter", func() (*plot.Figure, error) { return shatterPicture(curves) })
	to.Picture(ctx, "line", s.linePicture)
	to.Write(ctx, "shatter.txt", func(w io.Writer) error { return printShattering(w, curves) })
	return to.Finish(out)
}

// printShattering prints the correlations, and how fast they fall.
func printShattering(w io.Writer, curves []shatter.Curve) error {
	fmt.Fprintf(w, "%s\n", say.Text("correlation of the gradients of unrelated inputs, and, after the comma, of neighbours on a line:"))
	rows := [][]string{{say.Text("blocks")}}
	for _, p := range curves[0].Points {
		rows = append(rows, []string{fmt.Sprint(p.Depth)})
	}
	for _, c := range curves {
		rows[0] = append(rows[0], c.Net.String())
		for i, p := range c.Points {
			rows[i+1] = append(rows[i+1], correlation(p.Unrelated, 4)+", "+correlation(p.Neighbours, 3))
		}
	}
	if err := console.PrintColumns(w, rows, 3); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, c := range curves {
		fmt.Fprintf(w, "%s: %s\n", c.Net, fallOf(c))
	}
	var b strings.Builder
	console.WriteWrapped(&b, "", say.Text("Laws of Balduzzi et al. 2017, for units that are active independently: 2^-L in plain networks, (3/4)^L in residual ones, and about L^-1/2 with "+
		"batch normalisation. Without normalisation ReLUs make the inputs of deeper layers alike, and their gradients with them: the correlation "+
		"falls like a power of the depth in the end. Theory of wide networks takes that into account, and that normalisation subtracts the mean: "+
		"L^-0.73 in residual networks."))
	_, err := io.WriteString(w, "\n"+b.String())
	return err
}

// fallOf tells by which law the correlation falls, and what theory expects at the last depth that is above the noise.
func fallOf(c shatter.Curve) string {
	slope := c.Slope()
	if slope.Points < 2 {
		return say.Text("too few points above the noise for a slope")
	}
	last := c.Points[slope.Points-1]
	law := say.Sprintf("falls by a factor of %.2f per block", slope.Factor)
	if slope.ErrorOfPower < slope.ErrorOfFactor {
		law = say.Sprintf("falls like L^%.2f", slope.Power)
	}
	return say.Sprintf("%s; %.3g after %d blocks, where the law says %.3g and theory of wide networks %.3g",
		law, last.Unrelated, last.Depth, c.Net.Law(last.Depth), c.Net.Wide(last.Depth))
}

// correlation is a number with some decimals; "-" if there is none, as of inputs that pass no gradient.
func correlation(v float64, decimals int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, v)
}

// shatterPicture draws the correlations over the depth, with the laws.
func shatterPicture(curves []shatter.Curve) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Gradients of unrelated inputs have less in common, the deeper the network", X: "blocks", Y: "correlation of the gradients", Log: true, Low: 1e-3, High: 1,
		Note: "At initialisation. Dotted: theory of wide networks. Curves end where noise begins. Balduzzi et al. 2017 expect 2^-L (plain), (3/4)^L (residual) " +
			"and about L^-1/2 (residual with batch normalisation).",
	}
	for i, c := range curves {
		measured, theory := plot.Series{Name: c.Net.String(), Style: i + 1}, plot.Series{Name: c.Net.String() + ", theory", Style: i + 1, Dotted: true}
		for k, p := range c.Points {
			if k < c.Slope().Points {
				measured.X, measured.Y = append(measured.X, float64(p.Depth)), append(measured.Y, p.Unrelated)
			}
			theory.X, theory.Y = append(theory.X, float64(p.Depth)), append(theory.Y, c.Net.Wide(p.Depth))
		}
		lines.Series = append(lines.Series, measured, theory)
	}
	return lines.Draw()
}

// linePicture draws the derivative of the output along a line of inputs, in a shallow network and in deep ones.
func (s shattering) linePicture() (*plot.Figure, error) {
	deep := s.config.Depths[slices.IndexFunc(s.config.Depths, func(depth int) bool { return depth >= min(24, s.most) })]
	dense := s.config
	dense.Inputs = 256
	lines := plot.Lines{
		Title: "The derivative of the output along a line of inputs", X: "place on the line", Y: "derivative, shifted for each network",
		Note: "At initialisation, with batch normalisation, each divided by its root mean square. In the deep plain network neighbours have nothing " +
			"in common: a step that helps one input says nothing of the next.",
	}
	for i, of := range []struct {
		net   shatter.Net
		depth int
	}{{shatter.Net{Norm: true}, 1}, {shatter.Net{Norm: true, Residual: true}, deep}, {shatter.Net{Norm: true}, deep}} {
		t, derivative, err := dense.Trace(of.net, of.depth)
		if err != nil {
			return nil, err
		}
		for k := range derivative {
			derivative[k] -= 7 * float64(i)
		}
		lines.Series = append(lines.Series, plot.Series{Name: fmt.Sprintf("%v, %d deep", of.net, of.depth), X: t, Y: derivative, Style: i + 1, Plain: true})
	}
	return lines.Draw()
}
