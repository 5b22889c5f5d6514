package scale

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// tokens are 4 random sequences of 8 of 20 tokens.
func tokens(seed uint64) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	list := make([]int, 4*8)
	for i := range list {
		list[i] = rng.IntN(20)
	}
	return tensor.New(tensor.WithShape(4, 8), tensor.WithBacking(list))
}

// All maps of a Transformer are found and classified, and its width has the law of its parametrisation.
func TestGPT(t *testing.T) {
	for law, f := range map[string]Family{"standard": GPT(20, 8), "muP": GPT(20, 8).MuP(32, 1, 0)} {
		c, err := Measure(t.Context(), Config{
			Family: f, Widths: []int{32, 64, 128, 256}, Depths: []int{1}, X: tokens(1), Y: tokens(2), Optimizer: adam, Steps: 1, Seeds: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		if v := c.Judge(); v.Law != law {
			t.Errorf("got the law %q of %v, want %s; %+v", v.Law, v.Possible, law, v.Misses)
		}
		var names []string
		for _, l := range c.Layers {
			names = append(names, l.Name+" "+l.Class.String())
		}
		if want := []string{
			"embedding1 input", "layers/0/self_attn/in_proj hidden", "layers/0/self_attn/out_proj hidden", "layers/0/ff/linear1 hidden",
			"layers/0/ff/linear2 hidden", "head output", "stream stream",
		}; !slices.Equal(names, want) {
			t.Errorf("got the layers %v, want %v", names, want)
		}
	}
}
