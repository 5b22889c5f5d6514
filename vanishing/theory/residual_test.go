package theory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

const width = 100 // no prediction of averages depends on it

// residual is blocks of the given layers, after a stem without activation, so that the stream is Gaussian, and before one linear map.
func residual(blocks int, scale float64, layers ...Layer) Net {
	net := Net{Layers: []Layer{{In: width, Out: width, WeightVar: 1.0 / width}}}
	for range blocks {
		first := len(net.Layers)
		net.Layers = append(net.Layers, layers...)
		net.Blocks = append(net.Blocks, Block{First: first, Last: len(net.Layers) - 1, Scale: scale})
	}
	return net
}

// layer is a linear map with weights of the given variance times width.
func layer(variance float64) Layer { return Layer{In: width, Out: width, WeightVar: variance / width} }

// growth is ln of the squared gradient at the first stream over that at the last.
func growth(t *testing.T, net Net) float64 {
	t.Helper()
	return predict(t, net).Layers[0].LogDelta
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.10g, want %.10g ± %g", what, got, want, tolerance)
	}
}

func TestPreActivationBlocks(t *testing.T) {
	relu := func(variance float64) Layer { l := layer(variance); l.PreActivation = graph.ReLU; return l }
	for _, c := range []struct {
		name   string
		scale  float64
		layers []Layer
		factor float64
	}{
		{"He", 1, []Layer{relu(2), relu(2)}, 2},
		{"LeCun", 1, []Layer{relu(1), relu(1)}, 1.25},
		{"He, scaled by 1/sqrt 10", 1 / math.Sqrt(10), []Layer{relu(2), relu(2)}, 1.1},
		{"one activation, He", 1, []Layer{{In: width, Out: width, WeightVar: 2.0 / width, Activation: graph.ReLU}, layer(2)}, 3},
		{"one activation, Xavier", 1, []Layer{{In: width, Out: width, WeightVar: 1.0 / width, Activation: graph.ReLU}, layer(1)}, 1.5},
	} {
		p := predict(t, residual(10, c.scale, c.layers...))
		near(t, c.name+", gradient", p.Layers[0].LogDelta, 10*math.Log(c.factor), 1e-12)
		near(t, c.name+", signal", math.Log(p.Layers[len(p.Layers)-1].Q), 10*math.Log(c.factor), 1e-12)
		near(t, c.name+", share", p.Blocks[4].Branch, (c.factor-1)/c.factor, 1e-12)
	}
}

// x_l = x_{l-1} + V tanh(W x_{l-1}) of Yang & Schoenholz 2017, with all variances 1.
func TestYangSchoenholzAsTabulated(t *testing.T) {
	for depth, want := range map[int]string{10: "2.643206", 20: "4.191172", 40: "6.355253", 50: "7.216100", 100: "10.545549", 200: "15.169250"} {
		net := residual(depth, 1, Layer{In: width, Out: width, WeightVar: 1.0 / width, Activation: graph.Tanh},
			layer(1))
		p := predict(t, net)
		asPrinted(t, fmt.Sprint(depth, " blocks"), p.Layers[0].LogDelta, want)
		if depth == 40 {
			asPrinted(t, "the stream", p.Layers[len(p.Layers)-1].Q, "30.932610")
		}
	}
}

// notes is a stem with ReLU and blocks a' = relu(a + branch) of linear layers, the last without activation of its own.
func notes(blocks int, variances ...float64) Net {
	net := Net{Layers: []Layer{layer(1)}}
	net.Layers[0].Activation = graph.ReLU
	for range blocks {
		first := len(net.Layers)
		for _, v := range variances {
			l := layer(v)
			l.Activation = graph.ReLU
			net.Layers = append(net.Layers, l)
		}
		net.Blocks = append(net.Blocks, Block{First: first, Last: len(net.Layers) - 1})
	}
	return net
}

// branches are the branches of the tabulated blocks, by the ratio of the mean squares of branch and skip.
var branches = map[string][][]float64{"0.5": {{1, 1}}, "1": {{1}}, "2": {{2, 2}, {2}}}

// The tables are for a gradient that is the same for all units after the last block, measured before the first block. Far from both
// ends, in the middle of 120 blocks, the distribution of the units keeps its shape.
func TestPostActivationBlocksAsTabulated(t *testing.T) {
	for _, row := range tableRows(t, "testdata/walk.tsv") {
		for _, variances := range branches[row[0]] {
			what := fmt.Sprint(variances, ", ", row[1])
			blocks, err := strconv.Atoi(row[1])
			if err != nil {
				blocks = 120
			}
			net := notes(blocks, variances...)
			net.Layers = append(net.Layers, layer(1))
			p := predict(t, net)
			before, behind := p.Layers[blocks/2*len(variances)], p.Layers[(blocks/2+1)*len(variances)]
			switch row[1] {
			case "forward":
				asPrinted(t, what, behind.Q/before.Q, row[2])
			case "active":
				asPrinted(t, what, activeShare(t, net, blocks/2), row[2])
			case "backward":
				asPrinted(t, what, math.Exp(before.LogDelta-behind.LogDelta), row[2])
			default:
				asPrinted(t, what, p.Blocks[0].LogGradient, row[2])
			}
		}
	}
}

// activeShare is the share of the units whose sum is positive after a number of blocks.
func activeShare(t *testing.T, net Net, blocks int) float64 {
	t.Helper()
	p := &pass{net: net, batch: 1, known: make(map[key]*knowledge),
		layers: make([]LayerPrediction, len(net.Layers)), blocks: make([]BlockPrediction, len(net.Blocks))}
	s, err := p.into(0, signal{ms: 1})
	for b := range blocks {
		if err == nil {
			s, err = p.outOf(max(0, net.Blocks[b].First-1), s)
		}
		if err == nil {
			s, err = p.block(b, s)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	share := 0.0
	for i, u := range s.values {
		if u > 0 {
			share += s.mass[i]
		}
	}
	return share
}

// Batch normalised residual networks grow like a power of the depth (De & Smith 2020). In an infinite batch, with He's
// initialisation and m normalised ReLUs to a branch, the closed form is a ratio of Gamma functions.
func TestBatchNormedBlocksGrowLikeAPower(t *testing.T) {
	lgamma := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	for m, want := range map[int]string{1: "4.7179", 2: "6.5893"} {
		var layers []Layer
		for range m {
			layers = append(layers, Layer{In: width, Out: width, WeightVar: 2.0 / width, PreNorm: BatchNorm, PreActivation: graph.ReLU})
		}
		got := growth(t, residual(40, 1, layers...))
		asPrinted(t, fmt.Sprint(m, " per branch"), got, want)
		power := math.Pow(math.Pi/(math.Pi-1), float64(m))
		k0 := 2 * math.Pi / (2 * (math.Pi - 1))
		closed := lgamma(40+k0+power) + lgamma(k0) - lgamma(40+k0) - lgamma(k0+power)
		near(t, "closed form", got, closed, 1e-9)
	}
}

// Blocks x' = x + W2 relu(W1 LN(x)) of a pre-norm transformer (Xiong et al. 2020): signal and gradient grow alike, linearly.
func TestPreLayerNormBlocks(t *testing.T) {
	first := Layer{In: width, Out: width, WeightVar: 1.0 / width, PreNorm: LayerNorm, Activation: graph.ReLU}
	p := predict(t, residual(40, 1, first, layer(1)))
	near(t, "gradient", p.Layers[0].LogDelta, math.Log(21), 1e-12)
	asPrinted(t, "gradient", p.Layers[0].LogDelta, "3.0445")
	near(t, "signal", p.Layers[len(p.Layers)-1].Q, 21, 1e-12)
	for l := range 41 {
		near(t, "q_L/q_l", p.Layers[2*l].LogDelta, math.Log(21/(1+float64(l)/2)), 1e-12)
	}
}

// In post-norm blocks LN(x + W2 relu(W1 x)) the normalisation undoes the growth by the branch.
func TestPostLayerNormBlocks(t *testing.T) {
	last := layer(1)
	last.PostNorm = LayerNorm
	p := predict(t, residual(40, 1, Layer{In: width, Out: width, WeightVar: 1.0 / width, Activation: graph.ReLU}, last))
	near(t, "gradient over 39 blocks", p.Layers[2].LogDelta, p.Layers[len(p.Layers)-1].LogDelta, 1e-12)
}

// The original ResNet block a' = relu(a + BN(W2 relu(BN(W1 a)))), 40 times.
func TestBatchNormedPostActivationBlocksAsTabulated(t *testing.T) {
	net := notes(40, 2, 2)
	for i := range net.Layers {
		net.Layers[i].Norm = BatchNorm
	}
	net.Layers = append(net.Layers, layer(1))
	infinite := predict(t, net)
	for _, row := range tableRows(t, "testdata/original.tsv") {
		block, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		what := strings.Join(row[:2], " ")
		switch {
		case row[0] == "signal" && block == 40:
			asPrinted(t, what, math.Log(infinite.Layers[81].Q), row[2]) // read by a layer of variance 1
		case row[0] == "signal": // the next sum is that of the signal and a branch of mean square 1
			asPrinted(t, what, math.Log(infinite.Layers[2*(block+1)].Q-1), row[2])
		default:
			asPrinted(t, what, infinite.Blocks[block].LogGradient, row[2])
		}
	}
	// Of 64 samples: simulated at width 256, with a scatter of 0.05.
	net.Batch = 64
	finite := predict(t, net)
	for block, simulated := range map[int]float64{0: 8.762, 10: 3.387, 20: 1.696} {
		near(t, fmt.Sprint("64 samples, block ", block), finite.Blocks[block].LogGradient, simulated, 2*0.05)
	}
}
