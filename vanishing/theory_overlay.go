package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// An overlay lays what mean-field theory expects of a program over the record of its first step. It collects what theory
// has to know of the batch.
type overlay struct {
	program *graph.Program
	path    []*graph.LayerTrace // from input to output

	net theory.Net

	meanSquare, cosine float64 // of the inputs
	topCosine          float64 // of the gradients at the last layer
	topOverlap         float64 // the mean squared cosine there
}

func newOverlay(p *graph.Program) *overlay { return &overlay{program: p, path: pathOf(p)} }

// theory makes the prediction and compares it with a record. Layers are those of the record.
func (o *overlay) theory(layers []*graph.LayerTrace, r profile.Record) *profile.Theory {
	reader := &netReader{Program: o.program}
	net, err := reader.net(o.path)
	if err != nil {
		return &profile.Theory{None: err.Error()}
	}
	o.net = net
	net.MeanSquare, net.Cosine, net.TopCosine, net.TopOverlap = o.meanSquare, o.cosine, o.topCosine, o.topOverlap
	prediction, err := theory.Predict(net)
	if err != nil {
		return &profile.Theory{None: err.Error()}
	}
	t := o.compare(prediction, layers, r)
	t.Measured = reader.measured
	return t
}

// compare anchors prediction and measurement at the last hidden layer.
func (o *overlay) compare(prediction theory.Prediction, layers []*graph.LayerTrace, r profile.Record) *profile.Theory {
	measured := make(map[*graph.LayerTrace]float64)
	for i, l := range layers {
		measured[l] = stat.Log10(float64(r.Layers[i].DeltaRMS))
	}
	hidden := len(o.path) - 2
	for hidden > 0 && !seen(measured, o.path[hidden]) { // the last hidden layer that is watched
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
			if !seen(measured, o.path[next]) {
				measured[o.path[next]] = math.NaN()
			}
			z = (measured[l] - measured[o.path[hidden]] - delta) / band
			step = (measured[l] - measured[o.path[next]] - decades(p.MeanLogDelta()-above.MeanLogDelta())) / decades(deviation(p, above))
		}
		t.Layers[k] = &profile.LayerTheory{
			Delta: number(delta), Band: number(band), Q: number(p.Q), Chi: number(p.Chi),
			Grad: number(decades(p.LogWeightGrad - anchor.LogWeightGrad)), Z: number(z), Step: number(step),
		}
	}
	return t
}

// expectedPaths are the shares of the paths in a residual network. Blocks without a skip leave one path.
func expectedPaths(p theory.Prediction) []number {
	if len(p.Blocks) == 0 {
		return nil
	}
	return profile.Numbers(theory.PathCounts(p.Blocks))
}

// seen tells whether a layer was measured.
func seen(measured map[*graph.LayerTrace]float64, l *graph.LayerTrace) bool {
	_, known := measured[l]
	return known
}

// decades turns the natural logarithm of a square into the logarithm to base ten of the number.
func decades(lnSquare float64) float64 { return lnSquare / 2 / math.Ln10 }

// next is the layer that the gradient of a layer is compared with to see a single step: the one behind it, or that at the end
// of the block behind it, as what a branch does within is beside the way along the skip.
func (o *overlay) next(i int) int {
	for _, b := range o.net.Blocks {
		if b.First == i+1 {
			return min(b.Last, len(o.path)-2)
		}
	}
	return i + 1
}

// deviation is the standard deviation of the change between two layers.
//
// Theory itself is right to some hundredths: a change that knows no chance, as along a skip alone, may be off by these.
func deviation(lower, upper theory.LayerPrediction) float64 {
	_, sd := lower.Since(upper)
	return math.Hypot(sd, theory.ModelError)
}

// seeInput takes what theory wants to know of the inputs: rows x of the batch.
func (o *overlay) seeInput(x gorgonia.Value) { o.meanSquare, o.cosine = likeness(x) }

// seeTop does the same for the gradient at the last layer.
func (o *overlay) seeTop(delta gorgonia.Value) {
	_, o.topCosine = likeness(delta)
	o.topOverlap = overlap(delta)
}

// likeness is the mean square of the elements of a batch of rows, and the average cosine between two rows: the average
// product of two rows over the average square of one.
func likeness(v gorgonia.Value) (meanSquare, cosine float64) {
	shape := v.Shape()
	if isFloat := v.Dtype() == tensor.Float32 || v.Dtype() == tensor.Float64; len(shape) < 2 || !isFloat {
		return 0, 0
	}
	single, double := elements(v)
	if single != nil {
		return likenessOf(single, shape[0])
	}
	return likenessOf(double, shape[0])
}

func likenessOf[T kernel.Float](x []T, rows int) (meanSquare, cosine float64) {
	cols := len(x) / rows
	sums := make([]float64, cols)
	squares := 0.0
	for i, v := range x {
		sums[i%cols] += float64(v)
		squares += float64(v) * float64(v)
	}
	all := 0.0
	for _, s := range sums {
		all += s * s
	}
	if rows < 2 || squares == 0 {
		return squares / float64(len(x)), 0
	}
	return squares / float64(len(x)), min(1, max(-1, (all/squares-1)/float64(rows-1)))
}

// overlap is the average squared cosine between two rows of a batch, weighted by their sizes: what is above one row in the
// inverse of the number of directions they share, Σ G²/(Σ |row|²)² with G the products of all rows.
func overlap(v gorgonia.Value) float64 {
	shape := v.Shape()
	if len(shape) < 2 || shape[0] < 2 {
		return 0
	}
	single, double := elements(v)
	if single != nil {
		return overlapOf(single, shape[0])
	}
	return overlapOf(double, shape[0])
}

func overlapOf[T kernel.Float](x []T, rows int) float64 {
	cols := len(x) / rows
	trace, squares := 0.0, 0.0
	for b := range rows {
		for c := range b + 1 {
			dot := 0.0
			for i := range cols {
				dot += float64(x[b*cols+i]) * float64(x[c*cols+i])
			}
			if squares += 2 * dot * dot; b == c {
				squares -= dot * dot
				trace += dot
			}
		}
	}
	if trace == 0 {
		return 0
	}
	share, n := squares/(trace*trace), float64(rows) // 1/n of rows that share nothing, 1 of rows all alike
	return min(1, max(0, (share*n-1)/(n-1)))
}
