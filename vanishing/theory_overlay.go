package vanishing

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// An overlay compares the record of a program's first step with the prediction of mean-field theory. It measures the properties
// of the batch that the prediction depends on.
type overlay struct {
	program *graph.Program
	path    []*graph.LayerTrace // from input to output

	net      theory.Net
	measured bool   // whether a variance in net was measured, not declared
	none     string // why theory does not cover the network; empty if it does

	inputSeen          bool          // the input was measured, before a later batch of the step replaced it
	meanSquare, cosine float64       // of what the first layer reads
	squares            []float64     // mean squares of the samples, see rowSquares
	image              *theory.Image // of a network of convolutions: what its images have in common
	topCosine          float64       // mean cosine between the gradients at the last layer
	topOverlap         float64       // their mean squared cosine
}

// newOverlay describes the network before the step, because an update changes the weights.
func newOverlay(p *graph.Program) *overlay {
	o := &overlay{program: p, path: pathOf(p)}
	o.none = o.describe()
	return o
}

// describe sets the network of package theory. It returns the reason if theory does not cover the program.
func (o *overlay) describe() (none string) {
	reader := &netReader{Program: o.program}
	net, err := reader.net(o.path)
	if err != nil {
		return err.Error()
	}
	o.net, o.measured = net, reader.measured
	return ""
}

// theory makes the prediction and compares it with a record of the given layers.
func (o *overlay) theory(layers []*graph.LayerTrace, r profile.Record) *profile.Theory {
	if o.none != "" {
		return &profile.Theory{None: o.none}
	}
	if none := o.unfit(); none != "" {
		return &profile.Theory{None: none}
	}
	net := o.net
	net.MeanSquare, net.Squares, net.Cosine, net.TopCosine, net.TopOverlap = o.meanSquare, o.squares, o.cosine, o.topCosine, o.topOverlap
	if net.Image != nil {
		net.Image = o.image
	}
	prediction, err := theory.Predict(net)
	if err != nil {
		return &profile.Theory{None: reasonOf(err)}
	}
	t := o.compare(prediction, layers, r)
	t.Signal = expectedSignal(prediction)
	t.Measured = o.measured
	return t
}

// faintInputs is the mean square of inputs, or of what a layer makes of its inputs, below which the epsilon of a normalisation, 1e-5 by default, adds more than half a percent to
// the variance of what a first layer computes from them. Theory knows no epsilon.
const faintInputs = 1e-3

// unfit says why theory has no prediction for the batch at hand; empty if it has one.
func (o *overlay) unfit() string {
	if sum := o.meanSquare + o.cosine + o.topCosine + o.topOverlap; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return "the inputs, or the gradient at the last layer, are not finite numbers"
	}
	isNormed := func(l theory.Layer) bool { return l.Norm != theory.NoNorm }
	if name := o.faintLayer(); name != "" {
		return fmt.Sprintf("the weights of layer %s are so small that the epsilon of the normalisation counts", name)
	}
	if 0 < o.meanSquare && o.meanSquare < faintInputs && slices.ContainsFunc(o.net.Layers, isNormed) {
		return fmt.Sprintf("inputs of size %s (root mean square) are so small that the epsilon of the normalisation counts", words.Human(math.Sqrt(o.meanSquare)))
	}
	return ""
}

// faintLayer names a layer whose weights make so little of what it reads, the inputs or a normalised layer, that the epsilon of its
// normalisation counts; empty if there is none.
func (o *overlay) faintLayer() string {
	read := o.meanSquare
	for _, l := range o.net.Layers {
		elements := 1
		if l.Window != nil {
			elements = l.Window.Size[0] * l.Window.Size[1]
		}
		if z := float64(l.In*elements) * l.WeightVar * read; l.Norm != theory.NoNorm && 0 < z && z < faintInputs && read >= faintInputs {
			return l.Name
		}
		if read = 0; l.Norm != theory.NoNorm && !l.ZeroGain { // 0: it is not known
			read = 1
		}
	}
	return ""
}

// reasonOf says where and why theory has no prediction.
func reasonOf(err error) string {
	reason := strings.TrimPrefix(err.Error(), "theory: ")
	return strings.TrimSuffix(reason, ": "+theory.ErrNoTheory.Error())
}

// compare anchors prediction and measurement at the last hidden layer.
func (o *overlay) compare(prediction theory.Prediction, layers []*graph.LayerTrace, r profile.Record) *profile.Theory {
	measured := make(map[*graph.LayerTrace]float64)
	for i, l := range layers {
		measured[l] = stat.Log10(float64(r.Layers[i].DeltaRMS))
	}
	hidden := len(o.path) - 2
	for hidden > 0 && !isMeasured(measured, o.path[hidden]) { // down to the last watched hidden layer
		hidden--
	}
	anchor := prediction.Layers[hidden]
	t := &profile.Theory{
		Layers: make([]*profile.LayerTheory, len(layers)), Paths: expectedPaths(prediction), Beta: number(prediction.Layers[0].Beta - anchor.Beta),
	}
	if hidden > 0 {
		t.Xi = number(float64(hidden) / math.Abs(prediction.Layers[0].LogDelta-anchor.LogDelta))
	}
	place := make(map[*graph.LayerTrace]int)
	for i, l := range o.path {
		place[l] = i
	}
	for k, l := range layers {
		i, onPath := place[l]
		if !onPath || i > hidden {
			continue
		}
		p := prediction.Layers[i]
		delta, band := decades(p.MeanLogDelta()-anchor.MeanLogDelta()), decades(deviation(p, anchor))
		z, step := 0.0, 0.0
		if i < hidden {
			next := o.next(i)
			above := prediction.Layers[next]
			if !isMeasured(measured, o.path[next]) {
				measured[o.path[next]] = math.NaN()
			}
			z = score(measured[l]-measured[o.path[hidden]], p, anchor)
			step = score(measured[l]-measured[o.path[next]], p, above)
		}
		t.Layers[k] = &profile.LayerTheory{
			Delta: number(delta), Band: number(band), Q: number(p.Q), Chi: number(p.Chi),
			Grad: number(decades(p.LogWeightGrad - anchor.LogWeightGrad)), Z: number(z), Step: number(step),
		}
	}
	return t
}

// score is the deviation of a measured change, in decades, from the predicted change between two layers, in standard deviations.
// It is NaN if the theory cannot estimate the standard deviation.
func score(change float64, p, above theory.LayerPrediction) float64 {
	if p.Rough() || above.Rough() {
		return math.NaN()
	}
	return (change - decades(p.MeanLogDelta()-above.MeanLogDelta())) / decades(deviation(p, above))
}

// expectedPaths are the predicted shares of the gradient by number of branches passed; nil without blocks.
func expectedPaths(p theory.Prediction) []number {
	if len(p.Blocks) == 0 {
		return nil
	}
	return profile.Numbers(theory.PathCounts(p.Blocks))
}

// expectedSignal is the predicted forward signal at the blocks; nil without blocks.
func expectedSignal(p theory.Prediction) (list []profile.BlockSignal) {
	for _, b := range p.Blocks {
		list = append(list, profile.BlockSignal{
			SquaredMean: number(b.SquaredMean), Variance: number(b.Variance), BranchVariance: number(b.BranchVariance),
		})
	}
	return list
}

// isMeasured reports whether a layer was measured.
func isMeasured(measured map[*graph.LayerTrace]float64, l *graph.LayerTrace) bool {
	_, known := measured[l]
	return known
}

// decades converts the natural logarithm of a square to the decimal logarithm of its root.
func decades(lnSquare float64) float64 { return lnSquare / 2 / math.Ln10 }

// next returns the index of the layer whose gradient is compared with that of layer i: the following layer, or the last layer of
// the block that follows, because the layers within a branch run in parallel with the skip.
func (o *overlay) next(i int) int {
	for _, b := range o.net.Blocks {
		if b.First == i+1 {
			return min(b.Last, len(o.path)-2)
		}
	}
	return i + 1
}

// deviation is the standard deviation of the change between two layers. It includes the error of the theory itself, which remains
// where the change does not depend on random weights, as along a skip alone.
func deviation(lower, upper theory.LayerPrediction) float64 {
	_, sd := lower.Since(upper)
	return math.Hypot(sd, theory.ModelError)
}

// measureInput measures what the first layer reads, the rows x of the batch.
func (o *overlay) measureInput(x gorgonia.Value) {
	o.meanSquare, o.cosine = likeness(x)
	o.squares = rowSquares(x)
	if o.net.Image != nil && o.none == "" {
		o.image = imageStatistics(x, o.net.Image.Height, o.net.Image.Width)
	}
}

// measureTop measures the gradient at the last layer.
func (o *overlay) measureTop(delta gorgonia.Value) {
	_, o.topCosine = likeness(delta)
	o.topOverlap = overlap(delta)
}
