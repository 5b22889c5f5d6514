package experiments

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/features"
)

// A looking is demo features: what the units of a network see.
type looking struct {
	setup.Options
	params string // file of parameters; empty: train the network
	image  int    // number of the validation image whose maps are shown
	units  int    // of each layer
	best   int    // images for each unit
	steps  int    // of activation maximisation
}

// featuresCommand is demo features.
func featuresCommand(now func() time.Time) *cli.Command {
	l := looking{Options: setup.Options{Single: true, Now: now}}
	return &cli.Command{
		Name: "features", Usage: say.Text("show what the units of a trained network see"),
		Description: say.Text(`Shows what the units of a trained convolutional network see, layer by layer, in a folder of pictures with a page, index.html:
the weights of the first layer, the maps that an image makes in each layer, the validation images that excite a unit most, cut
to what the unit sees of them, and images that are made to excite a unit, by the gradient with respect to the input.

Without a file of parameters it trains the network on the images first. demo train -model writes such a file.

Examples:
  demo features
  demo features -image 7 -epochs 10 -augment
  demo features -model resnet20 -params gradflow-runs/latest/parameters.safetensors

Exit status:
  0    the pictures were made
  1    the network could not be trained or read, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(l.ConvTrainingFlags("resnet14", 3, setup.CheckModel), console.Section(say.Text("Features"),
			console.String("params", &l.params, "", say.Text("`file` of the network's parameters (default: train it)"), nil, console.FileName),
			console.Whole("image", &l.image, 0, 0, 1e6, say.Text("`number` of the validation image whose maps are shown")),
			console.Whole("units", &l.units, 8, 1, 100, say.Text("`units` of each layer to look at")),
			console.Whole("top", &l.best, 9, 1, 100, say.Text("`images` that excite each unit most")),
			console.Whole("steps", &l.steps, 200, 1, 1e5, say.Text("`steps` in which an image is made to excite a unit")),
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

// A gallery is what is shown of a network.
type gallery struct {
	name     string
	accuracy float64
	classes  []string
	images   *data.Dataset // on which the units are looked at
	low      float64       // the range of pixels
	high     float64
	viewer   *features.Viewer
	layers   []layerView
}

// A layerView is what is shown of a layer.
type layerView struct {
	features.Layer
	units []unitView
}

// A unitView is what is shown of a unit.
type unitView struct {
	number int
	made   features.Made
	best   []features.Sighting
}

// run trains or reads the network, looks at it, and writes the folder.
func (l looking) run(ctx context.Context, out, log io.Writer) error {
	trainSet, valSet, err := l.Images(ctx)
	if err != nil {
		return err
	}
	if l.image >= valSet.Len() {
		return fmt.Errorf("-image: %s", say.Sprintf("got %d, want at most %d, the last of the validation images", l.image, valSet.Len()-1))
	}
	to, err := l.NewFolder("features")
	if err != nil {
		return err
	}
	defer to.Close()
	g, err := console.Await(ctx, func() (*gallery, error) { return l.look(ctx, trainSet, valSet, log) })
	if err != nil {
		return err
	}
	if err := g.print(out); err != nil {
		return err
	}
	if err := g.write(ctx, to, l.image); err != nil {
		return err
	}
	return to.Finish(out)
}

// look trains or reads the network and looks at its units.
func (l looking) look(ctx context.Context, trainSet, valSet *data.Dataset, log io.Writer) (*gallery, error) {
	m, _, err := resnet.Named(l.Model, len(trainSet.Classes))
	if err != nil {
		return nil, err
	}
	n := setup.Network{Name: l.Model, Model: m}
	params, err := l.Parameters(ctx, n, "params", l.params, trainSet, valSet, log)
	if err != nil {
		return nil, err
	}
	scores, err := (&train.Trainer{Model: m, Loss: graph.CrossEntropy{}, Params: params, EvalBatchSize: 250}).Evaluate(ctx, valSet)
	if err != nil {
		return nil, err
	}
	g := &gallery{name: n.Name, accuracy: scores.Accuracy, classes: trainSet.Classes, images: valSet}
	pixels := make([]float64, len(valSet.X.Float32s()))
	for i, x := range valSet.X.Float32s() {
		pixels[i] = float64(x)
	}
	g.low, g.high = features.Range(pixels)
	if g.viewer, err = features.New(m, params, valSet.X.Shape()[1:]); err != nil {
		return nil, err
	}
	for _, i := range shownLayers(g.viewer.Layers) {
		say.Fprintf(log, "layer %s\n", g.viewer.Layers[i].Path)
		view, err := l.layer(ctx, g, i)
		if err != nil {
			return nil, err
		}
		g.layers = append(g.layers, view)
	}
	return g, nil
}

// shownLayers are the first layer, those that end residual blocks, and the output, or some of them if there are many.
func shownLayers(layers []features.Layer) []int {
	var list []int
	for i, l := range layers {
		if i == 0 || l.EndsBlock || i == len(layers)-1 {
			list = append(list, i)
		}
	}
	var chosen []int
	for _, i := range evenly.Pick(len(list), 12, -1) {
		chosen = append(chosen, list[i])
	}
	return chosen
}

// layer looks at some units of a layer.
func (l looking) layer(ctx context.Context, g *gallery, i int) (layerView, error) {
	view := layerView{Layer: g.viewer.Layers[i]}
	count := l.units
	if i == len(g.viewer.Layers)-1 {
		count = max(count, min(view.Units, 20)) // all classes, if they are few
	}
	numbers, err := g.viewer.Lively(ctx, g.images.X, i, count)
	if err != nil {
		return view, err
	}
	best, err := g.viewer.Best(ctx, g.images.X, i, numbers, l.best)
	if err != nil {
		return view, err
	}
	made, err := g.viewer.Maximise(ctx, i, numbers, features.Options{Steps: l.steps, Low: g.low, High: g.high, Seed: l.Seed})
	if err != nil {
		return view, err
	}
	for k, n := range numbers {
		view.units = append(view.units, unitView{n, made[k], best[k]})
	}
	return view, nil
}

// print prints a table of the layers.
func (g *gallery) print(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", say.Sprintf("%s: %s of %d validation images right", g.name, percent(g.accuracy), g.images.Len()))
	rows := [][]string{{say.Text("layer"), say.Text("units"), say.Text("map"), say.Text("sees"), say.Text("of one class")}}
	for _, l := range g.layers {
		rows = append(rows, []string{l.Path, fmt.Sprint(l.Units), fmt.Sprintf("%d x %d", l.Height, l.Width), l.sees(g.images.X.Shape()), percent(g.purity(l))})
	}
	if err := console.PrintColumns(w, rows, 3); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", say.Text("sees: pixels in height and width that a unit sees. of one class: share of the commonest class among the images that excite a unit\nmost, mean over the units shown. A unit that sees lines finds them in clothes of all kinds; one that sees a thing finds that thing."))
	return err
}

// sees tells how much of the image a unit sees.
func (l layerView) sees(images tensor.Shape) string {
	if l.Field.Whole || l.Field.Size >= 2*max(images[2], images[3]) {
		return say.Text("all of it")
	}
	return fmt.Sprintf("%d x %[1]d", l.Field.Size)
}

// purity is the mean share of the commonest class among the best images of the units.
func (g *gallery) purity(l layerView) (mean float64) {
	for _, u := range l.units {
		counts, most := g.count(u.best), 0
		for _, n := range counts {
			most = max(most, n)
		}
		mean += float64(most) / float64(len(u.best)) / float64(len(l.units))
	}
	return mean
}

// count counts the classes of images.
func (g *gallery) count(best []features.Sighting) map[int]int {
	counts := make(map[int]int)
	for _, s := range best {
		counts[g.images.Y.Ints()[s.Image]]++
	}
	return counts
}

// pixels are those of a validation image.
func (g *gallery) pixels(i int) []float64 {
	size := g.images.X.Shape().TotalSize() / g.images.Len()
	list := make([]float64, size)
	for k := range list {
		list[k] = float64(g.images.X.Float32s()[i*size+k])
	}
	return list
}

// writePicture writes a PNG.
func writePicture(ctx context.Context, f *reportdir.Folder, name string, m image.Image) {
	f.Write(ctx, name, func(w io.Writer) error { return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, m) })
}
