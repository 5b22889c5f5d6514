package foreign_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A normalised is a batch normalisation of images with one learnable scale and bias for each channel.
type normalised struct {
	graph             *gorgonia.ExprGraph
	x, weights        *gorgonia.Node // the loss is the sum of weights·output
	scale, bias       *gorgonia.Node
	output, loss      *gorgonia.Node
	norm              *gorgonia.BatchNormOp
	momentum, epsilon float64
}

// newNormalised draws the normalisation of 4 images of 2 channels and 3·3 pixels.
func newNormalised() normalised {
	g, rng := gorgonia.NewGraph(), rand.New(rand.NewPCG(1, 2))
	images := func(name string) *gorgonia.Node {
		value, err := tensors.Randn(tensor.Float64, rng, 4, 2, 3, 3)
		check(err)
		return gorgonia.NodeFromAny(g, value, gorgonia.WithName(name))
	}
	n := normalised{graph: g, x: images("x"), weights: images("weights"), momentum: 0.1, epsilon: 1e-5}
	x, channels := n.x, 2

	scale := gorgonia.NewTensor(g, tensor.Float64, 4, gorgonia.WithShape(1, channels, 1, 1),
		gorgonia.WithName("scale"), gorgonia.WithInit(gorgonia.Ones()))
	bias := gorgonia.NewTensor(g, tensor.Float64, 4, gorgonia.WithShape(1, channels, 1, 1),
		gorgonia.WithName("bias"), gorgonia.WithInit(gorgonia.Zeroes()))
	output, _, _, norm, err := gorgonia.BatchNorm(x, scale, bias, 0.1, 1e-5)

	check(err)
	n.scale, n.bias, n.output, n.norm = scale, bias, output, norm
	n.loss = gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.HadamardProd(n.output, n.weights))))
	_, err = gorgonia.Grad(n.loss, n.x, n.scale, n.bias)
	check(err)
	return n
}

// Gorgonia's issue 408: how to use BatchNorm.
func ExampleNewMachine_batchNorm() {
	net := newNormalised()
	g, output, norm := net.graph, net.output, net.norm

	train := foreign.NewMachine(g, gorgonia.BindDualValues(net.scale, net.bias))
	validate := foreign.NewMachine(g.SubgraphRoots(output), gorgonia.EvalMode())

	check(train.RunAll())
	check(validate.RunAll())

	mean, variance := norm.Stats()       // to save
	check(norm.SetStats(mean, variance)) // to restore

	fmt.Println(mean.Shape(), variance.Shape()) // one number for each channel
	// Output: (2) (2)
}

// channel is what batch normalisation makes of one channel of images: mean, variance, and the numbers in order.
type channel struct {
	mean, variance float64
	at             []int
}

// channelOf computes the statistics of a channel of 4 images of 2 channels and 9 pixels.
func channelOf(x []float64, c int) channel {
	var ch channel
	for image := range 4 {
		for pixel := range 9 {
			ch.at = append(ch.at, (image*2+c)*9+pixel)
		}
	}
	for _, i := range ch.at {
		ch.mean += x[i] / float64(len(ch.at))
	}
	for _, i := range ch.at {
		ch.variance += (x[i] - ch.mean) * (x[i] - ch.mean) / float64(len(ch.at))
	}
	return ch
}

// Gorgonia's issue 484: whether the numbers of BatchNorm are PyTorch's. The output is (x-mean)/sqrt(variance+epsilon) with the biased
// variance of the batch, the running variance takes the unbiased one, and in evaluation the running numbers take their place.
func TestBatchNormFollowsPyTorch(t *testing.T) {
	n := newNormalised()
	train := foreign.NewMachine(n.graph)
	check(train.RunAll())
	x, weights, y := floats(n.x.Value()), floats(n.weights.Value()), append([]float64(nil), floats(n.output.Value())...)
	gradients := make([][]float64, 3)
	for i, node := range []*gorgonia.Node{n.x, n.scale, n.bias} {
		value, err := node.Grad()
		check(err)
		gradients[i] = append([]float64(nil), floats(value)...)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: got %g, want %g", what, got, want)
		}
	}
	statistics := func(c int) (mean, variance float64) {
		m, v := n.norm.Stats()
		return m.Data().([]float64)[c], v.Data().([]float64)[c]
	}
	for c := range 2 {
		ch, count := channelOf(x, c), 36.0
		deviation := math.Sqrt(ch.variance + n.epsilon)
		var sum, product float64 // of dL/dy, and of dL/dy times the normalised x
		for _, i := range ch.at {
			near("output", y[i], (x[i]-ch.mean)/deviation)
			sum += weights[i]
			product += weights[i] * y[i]
		}
		for _, i := range ch.at {
			near("gradient of x", gradients[0][i], (weights[i]-sum/count-y[i]*product/count)/deviation)
		}
		near("gradient of scale", gradients[1][c], product)
		near("gradient of bias", gradients[2][c], sum)
		mean, variance := statistics(c)
		near("running mean", mean, n.momentum*ch.mean)
		near("running variance", variance, 1-n.momentum+n.momentum*ch.variance*count/(count-1))
	}

	check(foreign.NewMachine(n.graph.SubgraphRoots(n.output), gorgonia.EvalMode()).RunAll())
	y = append([]float64(nil), floats(n.output.Value())...)
	for c := range 2 {
		mean, variance := statistics(c)
		for _, i := range channelOf(x, c).at {
			near("output in evaluation", y[i], (x[i]-mean)/math.Sqrt(variance+n.epsilon))
		}
	}

	before, _ := statistics(0)
	check(train.RunAll())
	ch := channelOf(x, 0)
	near("output in training after evaluation", floats(n.output.Value())[0], (x[0]-ch.mean)/math.Sqrt(ch.variance+n.epsilon))
	after, _ := statistics(0)
	near("running mean after evaluation", after, (1-n.momentum)*before+n.momentum*ch.mean)
}

// In evaluation the running variance is a constant. So dx = dy·scale/sqrt(variance + epsilon).
// The TapeMachine takes the variance of the batch.
func TestBatchNormGradientInEvaluation(t *testing.T) {
	n := newNormalised()
	mean, variance := tensor.New(tensor.WithBacking([]float64{0.5, -1})), tensor.New(tensor.WithBacking([]float64{4, 0.25}))
	if err := n.norm.SetStats(mean, variance); err != nil {
		t.Fatal(err)
	}
	run(t, foreign.NewMachine(n.graph, gorgonia.EvalMode()))
	for i, weight := range floats(n.weights.Value()) {
		want := weight / math.Sqrt([]float64{4, 0.25}[i/9%2]+n.epsilon)
		if got := floats(n.x.Deriv().Value())[i]; math.Abs(got-want) > 1e-14*math.Abs(want) {
			t.Fatalf("gradient of element %d is %v, want %v", i, got, want)
		}
	}
}
