package theory

import (
	"math"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// images is a plain network of convolutions with windows of 3, before the mean over all pixels and a fully connected layer.
func images(depth, channels, side int, l Layer) Net {
	net := Net{Image: &Image{Height: side, Width: side}}
	l.In, l.Out = channels, channels
	if l.Window == nil {
		l.Window = &Window{Size: [2]int{3, 3}, Padding: [2]int{1, 1}}
	}
	for range depth {
		net.Layers = append(net.Layers, l)
	}
	net.Layers = append(net.Layers, Layer{In: channels, Out: 10, WeightVar: 1 / float64(channels), Pooled: true})
	return net
}

// In a linear network the squared gradient is a number of ways: those from a pixel of the last layer, all of which are alike, to one of
// the first, each step of which goes to one of the pixels that a window covers. Zeros beyond the border end a way.
func TestGradientsCountWays(t *testing.T) {
	const depth, side = 5, 7
	p := predict(t, images(depth, 16, side, Layer{WeightVar: 1.0 / 16 / 9}))
	ways := filled(side, 1)
	for range depth - 1 {
		next := make([]float64, side)
		for i, v := range ways {
			for k := max(0, i-1); k <= min(side-1, i+1); k++ {
				next[k] += v / 3
			}
		}
		ways = next
	}
	near(t, "ln of the squared gradient", p.Layers[0].LogDelta-p.Layers[depth-1].LogDelta, 2*math.Log(average(ways)), 1e-9)
}

// A network of windows of one pixel is a fully connected one, for each pixel, and so is a network of images of one pixel.
func TestImagesOfDenseNetworks(t *testing.T) {
	const depth, channels = 6, 32
	for _, phi := range []string{"relu", "tanh", "gelu"} {
		l := Layer{WeightVar: 1.5 / channels, BiasVar: 0.01, Activation: activation(t, phi), Window: &Window{Size: [2]int{1, 1}}}
		dense := Plain(depth, channels, l.Activation, 1.5, 0.01)
		dense.Layers = append(dense.Layers, Layer{In: channels, Out: 10, WeightVar: 1.0 / channels})
		want := predict(t, dense)
		for _, side := range []int{1, 5} {
			got := predict(t, images(depth, channels, side, l))
			for i := range depth {
				near(t, phi+", signal", got.Layers[i].Q, want.Layers[i].Q, 1e-6)
				near(t, phi+", gradient", got.Layers[i].LogDelta-got.Layers[depth-1].LogDelta, want.Layers[i].LogDelta-want.Layers[depth-1].LogDelta, 1e-6)
			}
			if side == 1 {
				near(t, phi+", variance", got.Layers[0].Beta, want.Layers[0].Beta, 1e-6) // a rounding near the cosine 1 grows to its root
				near(t, phi+", weight", got.Layers[0].LogWeightGrad, want.Layers[0].LogWeightGrad, 1e-6)
			}
		}
	}
}

// With stride 2 a gradient reaches a quarter of the pixels through a window of 1, and each pixel has 9/4 taps on average through one of 3.
func TestStridesDiluteGradients(t *testing.T) {
	for size, share := range map[int]float64{1: 0.25, 2: 1} {
		net := images(2, 16, 8, Layer{WeightVar: 1.0 / 16 / float64(size*size), Window: &Window{Size: [2]int{size, size}, Stride: [2]int{2, 2}}})
		near(t, "share", predict(t, net).Layers[0].LogDelta-predict(t, net).Layers[1].LogDelta, math.Log(share/float64(size*size)), 1e-9)
	}
}

// The error says what theory does not cover.
func TestImagesThatTheoryDoesNotCover(t *testing.T) {
	window := &Window{Size: [2]int{3, 3}, Padding: [2]int{1, 1}, Centre: true}
	for want, net := range map[string]Net{
		"layer normalisation of images": images(3, 8, 5, Layer{WeightVar: 0.1, Norm: LayerNorm}),
		"after an activation":           images(3, 8, 5, Layer{WeightVar: 0.1, Activation: graph.ReLU, PostNorm: BatchNorm}),
		"got fewer than 12":             func() Net { n := images(3, 8, 3, Layer{WeightVar: 0.1, Norm: BatchNorm}); n.Batch = 1; return n }(),
		"with a curved activation":      images(3, 8, 5, Layer{WeightVar: 0.1, Activation: graph.Tanh, Window: window, Orthogonal: true}),
		"with batch normalisation":      images(3, 8, 5, Layer{WeightVar: 0.1, Norm: BatchNorm, Window: window, Orthogonal: true}),
		"not Gaussian": func() Net {
			n := images(3, 8, 5, Layer{WeightVar: 0.1, Activation: graph.ReLU})
			n.Layers[1].PreActivation = graph.ReLU
			return n
		}(),
	} {
		if p, err := Predict(net); errors.Cause(err) != ErrNoTheory || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and the error %v, want %q", p, err, want)
		}
	}
	for want, net := range map[string]Net{
		"got 0 by 0 pixels": func() Net { n := images(2, 8, 5, Layer{}); n.Image = &Image{}; return n }(),
		"got 3 numbers":     func() Net { n := images(2, 8, 5, Layer{}); n.Image.Same = []float64{1, 2, 3}; return n }(),
		"a smaller one":     images(2, 8, 5, Layer{Window: &Window{Size: [2]int{7, 7}}}),
		"or set Pooled":     func() Net { n := images(2, 8, 5, Layer{}); n.Layers[2].Pooled = false; return n }(),
	} {
		if _, err := Predict(net); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got the error %v, want %q", err, want)
		}
	}
}
