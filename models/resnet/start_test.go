package resnet_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// Every start makes each block its skip alone, and the numbers at the ends of the branches have gradients, so that branches can leave
// zero. In the first step of Fixup the zeros of the output layer let no gradient pass.
func TestStartsOfImageNetworks(t *testing.T) {
	for name, m := range map[string]resnet.Image{
		"rezero": {Start: resnet.ReZero}, "skipinit": {Start: resnet.SkipInit}, "pre-skipinit": {Start: resnet.SkipInit, PreActivation: true}, "fixup": {Start: resnet.Fixup},
	} {
		m.Classes, m.Blocks, m.Width = 3, []int{2}, 4
		p, err := graph.Build(graph.Config{
			Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 8, 8}, Loss: graph.CrossEntropy{}, KeepAll: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		x, y := images(t, 2, 8, 3)
		run(t, p, x, y)
		for _, b := range p.Blocks {
			if !slices.Equal(b.Sum.Value().Data().([]float32), b.Input.Value().Data().([]float32)) {
				t.Errorf("%s: block %s changes its input", name, b.Path)
			}
		}
		for _, w := range p.Weights {
			isGain := strings.HasSuffix(w.Name, "scalar_gain1/gain")
			if isGain && m.Start != resnet.Fixup && w.Grad.Value().Data().([]float32)[0] == 0 {
				t.Errorf("%s: %s has no gradient", name, w.Name)
			}
		}
	}
}

func TestStarts(t *testing.T) {
	for _, m := range []resnet.Model{{Start: resnet.ReZero, Norm: graph.BN}, {Start: resnet.SkipInit}, {Start: resnet.SkipInit, PreActivation: true}, {Start: resnet.Fixup}} {
		m.Input, m.Output, m.Blocks, m.Width = 4, 3, 3, 6
		p := build(t, m)
		x, y := batch(t, 5, 4, 3)
		run(t, p, x, y)
		for _, b := range p.Blocks {
			if rms(b.Branch) != 0 {
				t.Errorf("%v: the branch of %s has the RMS %v, want 0", m.Start, b.Path, rms(b.Branch))
			}
		}
	}
}

// The first weights of Fixup's branches are drawn as without it, times L^(-1/(2m-2)) for L branches of m maps.
func TestFixupScalesTheFirstWeights(t *testing.T) {
	weight := func(m resnet.Model, name string) []float64 {
		m.Input, m.Output, m.Width = 4, 3, 6
		return build(t, m).Params.Get(name).Value.Float64s()
	}
	for _, c := range []struct{ blocks, maps int }{{4, 2}, {9, 2}, {16, 3}} {
		plain := weight(resnet.Model{Blocks: c.blocks, Skip: c.maps}, "block2/dense1/weight")
		fixup := weight(resnet.Model{Blocks: c.blocks, Skip: c.maps, Start: resnet.Fixup}, "block2/dense1/weight")
		want := map[int]float64{2: 1 / math.Sqrt(float64(c.blocks)), 3: 1 / math.Pow(float64(c.blocks), 0.25)}[c.maps]
		for i, v := range plain {
			if math.Abs(fixup[i]-want*v) > 1e-15 {
				t.Fatalf("%+v: weight %d is %v, want %v times %v", c, i, fixup[i], want, v)
			}
		}
	}
}
