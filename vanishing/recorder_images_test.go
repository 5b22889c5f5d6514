package vanishing

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/kernel/conv"
	"github.com/gradflow/gradflow/models/resnet"
)

// cifar20 is a network of 20 layers for images of 28 by 28 pixels of one channel, and a batch of white noise.
func cifar20(t *testing.T, edit func(m *resnet.Image)) (p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	m, err := resnet.CIFAR(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	edit(&m)
	return imageProgram(t, m, 8, 1, 28)
}

func imageProgram(t *testing.T, m graph.Model, batch, channels, side int) (p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{batch, channels, side, side}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	rng := rand.New(rand.NewPCG(3, 4))
	if x, err = tensors.Randn(tensor.Float32, rng, batch, channels, side, side); err != nil {
		t.Fatal(err)
	}
	labels := make([]int, batch)
	for i := range labels {
		labels[i] = rng.IntN(3)
	}
	if y, err = tensors.Labels(labels); err != nil {
		t.Fatal(err)
	}
	return p, x, y
}

// What is recorded of dense layers is recorded of convolutions too: gains that sum up, of which the convolution's is a weight's; SNR;
// the blocks' parts of the gradient; shares of channels; and norms of filters.
func TestRecorderOfImageNetworks(t *testing.T) {
	for name, edit := range map[string]func(m *resnet.Image){
		"resnet20": func(m *resnet.Image) {}, "plain20": func(m *resnet.Image) { m.NoSkip = true },
		"projections": func(m *resnet.Image) { m.Shortcut = resnet.OptionB },
		"norm-free":   func(m *resnet.Image) { m.PreActivation, m.NormFree = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			program, x, y := cifar20(t, edit)
			p, err := Observe(name, program, x, y)
			if err != nil {
				t.Fatal(err)
			}
			d := p.Records[0].Details
			if len(p.Blocks) != 9 || len(p.Unseen) > 0 || p.Theory == nil || p.Theory.None != "" {
				t.Errorf("%d blocks, unseen %v, theory %+v", len(p.Blocks), p.Unseen, p.Theory)
			}
			path := p.Path()
			for k, i := range path[:len(path)-1] {
				g := d.Layers[i].Gains
				if g == nil || g.Weight == 0 {
					t.Fatalf("%s: gains %+v, want a part of the weight", p.Layers[i].Path, g)
				}
				change := math.Log10(float64(p.Records[0].Layers[i].DeltaRMS / p.Records[0].Layers[path[k+1]].DeltaRMS))
				if k < len(path)-2 && math.Abs(g.Total()-change) > 1e-6 {
					t.Errorf("%s: gains of %g, want %g", p.Layers[i].Path, g.Total(), change)
				}
			}
			for i, weight := range p.Params {
				if weight.Role != "weight" {
					continue
				}
				isConvolution, pd := weight.Layer != "dense1", d.Params[i]
				if name != "norm-free" && (pd.SNR == nil || !(*pd.SNR > 0)) { // standardised weights have no gradient that is such a product
					t.Errorf("%s: the SNR is %v", weight.Name, pd.SNR)
				}
				if isConvolution != (pd.Filters != nil) {
					t.Errorf("%s: filters %+v", weight.Name, pd.Filters)
				}
			}
			for i, b := range d.Blocks {
				if (b == nil) != (name == "plain20") {
					t.Errorf("block %d: %+v", i, b)
				}
			}
			for i, s := range p.Records[0].Signal {
				e := p.Theory.Signal[i]
				if !(math.Abs(float64(s.Variance/e.Variance)-1) < 0.3 && math.Abs(float64(s.BranchVariance/e.BranchVariance)-1) < 0.3) {
					t.Errorf("block %d: the signal is %+v, expected %+v", i, s, e)
				}
			}
			if len(p.Records[0].Signal) != 9 {
				t.Errorf("signals of %d blocks, want 9", len(p.Records[0].Signal))
			}
		})
	}
}

// A channel whose bias keeps it off in every pixel is dead. Its entries are a share of the saturated ones.
func TestDeadChannels(t *testing.T) {
	model := graph.Sequential{
		graph.Conv2D{Channels: 4, Kernel: 3, Padding: 1, Init: initializer.HeNormal{}}, graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 3},
	}
	program, x, y := imageProgram(t, model, 5, 2, 6)
	bias := program.Params.All()[1]
	bias.Value.Float32s()[2] = -100
	p, err := Observe("", program, x, y)
	if err != nil {
		t.Fatal(err)
	}
	l := p.Records[0].Details.Layers[0]
	if l.Dead != 0.25 || !(l.Saturated > 0.5 && l.Saturated < 0.75) {
		t.Errorf("dead %g and saturated %g, want 0.25 and about 5/8", l.Dead, l.Saturated)
	}
	w := p.Records[0].Details.Params[0]
	if f := w.Filters; f == nil || !(0 < f.MinL2 && f.MinL2 <= f.MedianL2 && f.MedianL2 <= f.MaxL2 && f.MaxL2 < w.NormL2) {
		t.Errorf("filters %+v of a weight of norm %g", f, w.NormL2)
	}
}

// A filter makes one channel, which lies along the second axis of the weight of a transposed convolution (in, out, height, width).
func TestFiltersOfTransposedConvolution(t *testing.T) {
	model := graph.Sequential{graph.ConvTranspose2D{Channels: 3, Kernel: 2}, graph.GlobalAvgPool{}, graph.Dense{Units: 3}}
	program, x, y := imageProgram(t, model, 5, 2, 6)
	weight := program.Params.All()[0].Value
	channels := weight.Shape()[1]
	for i := range weight.Float32s() {
		weight.Float32s()[i] = float32(i/4%channels + 1)
	}
	p, err := Observe("", program, x, y)
	if err != nil {
		t.Fatal(err)
	}
	root := math.Sqrt(float64(weight.Shape()[0] * 4)) // of the number of equal weights of a filter
	f := p.Records[0].Details.Params[0].Filters
	if f == nil || math.Abs(float64(f.MinL2)/root-1) > 1e-6 || math.Abs(float64(f.MedianL2)/root-2) > 1e-6 || math.Abs(float64(f.MaxL2)/root-3) > 1e-6 {
		t.Errorf("got norms %+v of filters of ones, twos and threes, want %g times 1, 2 and 3", f, root)
	}
}

// Channel statistics are those of a direct computation, for images and for rows.
func TestChannelStatistics(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, shape := range [][]int{{5, 3, 4, 6}, {7, 4}, {6, 2, 9}} {
		n := 1
		for _, v := range shape {
			n *= v
		}
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64() + 2
		}
		values := make([][]float64, shape[1])
		run := n / shape[0] / shape[1]
		for i, v := range x {
			c := i / run % shape[1]
			values[c] = append(values[c], v)
		}
		var wantMean, wantVariance float64
		for _, list := range values {
			mean, square := 0.0, 0.0
			for _, v := range list {
				mean += v / float64(len(list))
			}
			for _, v := range list {
				square += (v - mean) * (v - mean) / float64(len(list))
			}
			wantMean, wantVariance = wantMean+mean*mean/float64(shape[1]), wantVariance+square/float64(shape[1])
		}
		gotMean, gotVariance := channelMoments(x, shape, 1)
		if math.Abs(gotMean-wantMean) > 1e-12 || math.Abs(gotVariance-wantVariance) > 1e-12 {
			t.Errorf("%v: %g and %g, want %g and %g", shape, gotMean, gotVariance, wantMean, wantVariance)
		}
	}
}

// The SNR of a convolution is that of the gradients of the two halves of the batch, computed sample by sample.
func TestSNROfConvolutions(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, c := range []struct {
		window   conv.Window
		groups   int
		balanced bool
	}{
		{conv.Window{Size: [2]int{3, 3}, Stride: [2]int{1, 1}, Padding: [2]int{1, 1}, Dilation: [2]int{1, 1}}, 1, false},
		{conv.Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Padding: [2]int{1, 0}, Dilation: [2]int{1, 2}}, 2, false},
		{conv.Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Padding: [2]int{1, 0}, Dilation: [2]int{1, 2}}, 2, true},
	} {
		const batch, in, out, side = 5, 4, 6, 7
		g, err := conv.New([4]int{batch, in, side, side}, [4]int{out, in / c.groups, c.window.Size[0], c.window.Size[1]}, c.window, c.groups)
		if err != nil {
			t.Fatal(err)
		}
		x, dz := make([]float64, batch*in*side*side), make([]float64, batch*out*g.Result[0]*g.Result[1])
		for i := range x {
			x[i] = rng.NormFloat64() + 1
		}
		for i := range dz {
			dz[i] = rng.NormFloat64()
		}
		pixels := g.Result[0] * g.Result[1]
		if c.balanced {
			for o := range out {
				mean := 0.0
				for b := range batch {
					for _, v := range dz[(b*out+o)*pixels:][:pixels] {
						mean += v / float64(batch*pixels)
					}
				}
				for b := range batch {
					for k := range pixels {
						dz[(b*out+o)*pixels+k] -= mean
					}
				}
			}
		}
		size := out * in / c.groups * c.window.Size[0] * c.window.Size[1]
		// halves are the sums over samples of what each position adds to the gradient, with what a tap reads less its mean.
		halves := [2][]float64{make([]float64, size), make([]float64, size)}
		for at := range size {
			tap := at % (c.window.Size[0] * c.window.Size[1])
			o, channel := at/(size/out), at%(size/out)/(c.window.Size[0]*c.window.Size[1])
			channel += o / (out / c.groups) * (in / c.groups)
			read := func(b, k int) float64 {
				y := k/g.Result[1]*c.window.Stride[0] + tap/c.window.Size[1]*c.window.Dilation[0] - c.window.Padding[0]
				z := k%g.Result[1]*c.window.Stride[1] + tap%c.window.Size[1]*c.window.Dilation[1] - c.window.Padding[1]
				if y < 0 || y >= side || z < 0 || z >= side {
					return 0
				}
				return x[((b*in+channel)*side+y)*side+z]
			}
			mean := 0.0
			for b := range batch {
				for k := range pixels {
					mean += read(b, k) / float64(batch*pixels)
				}
			}
			if !c.balanced {
				mean = 0
			}
			for b := range batch {
				for k := range pixels {
					halves[min(1, b/(batch/2))][at] += (read(b, k) - mean) * dz[(b*out+o)*pixels+k]
				}
			}
		}
		gradient, norm, difference := make([]float64, size), 0.0, 0.0
		for i := range gradient {
			gradient[i] = halves[0][i] + halves[1][i]
			norm, difference = math.Hypot(norm, gradient[i]), math.Hypot(difference, halves[0][i]-halves[1][i])
		}
		g.Batch = batch / 2
		s := &convolutionNoise{geometry: g, batch: batch}
		value := func(list []float64, shape ...int) gorgonia.Value {
			return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(list)))
		}
		inputs := []gorgonia.Value{value(x, batch, in, side, side), value(dz, batch, out, g.Result[0], g.Result[1])}
		want := norm / difference * (norm / difference)
		if got := s.measure(norm, value(gradient, out, in/c.groups, c.window.Size[0], c.window.Size[1]), inputs); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%+v: the SNR is %g, want %g", c, got, want)
		}
	}
}
