package vanishing_test

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/vanishing"
)

// A linear recurrent unit with a long memory has large gradients by its angles, near those that theory expects of white noise, which is what
// the layer reads here. Its states are stable, and so is the verdict.
func TestLongMemoryIsNoExplosion(t *testing.T) {
	const size, steps = 0.995, 600
	p := observeSequence(t, rnn.LRU{Units: 64, RMin: size, RMax: size + 1e-9, NoSkip: true, Last: true}, steps)
	l := p.Sequences[0]
	detail := p.Records[0].Details.Sequences[0].Linear
	if l.Cell != "lru" || detail == nil {
		t.Fatalf("got %+v with the detail %+v, want those of a linear recurrent unit", l, detail)
	}
	if memory := float64(detail.Memory); math.Abs(memory-200) > 1e-3 { // the ring is 1e-9 wide, which is 4e-5 of the memory
		t.Errorf("got a memory of %g steps, want 200", memory)
	}
	// The ratio is one of mean squares over 64 states, each a sum over 8 samples. With 4 classes the gradient by the states has only 3
	// independent parts, so the standard error of the ratio is just below a fifth. Three standard errors are allowed.
	if got, want := float64(detail.Theta), float64(detail.Expected); math.Abs(got/want-1) > 0.6 || want < 300 {
		t.Errorf("got the ratio %g, want about %g", got, want)
	}
	d := vanishing.Diagnose(p)
	if d.Verdict != vanishing.Healthy || len(d.Findings) == 0 || d.Findings[0].Rule != "long-memory" {
		t.Errorf("got %v and %+v, want healthy and a note on the memory", d.Verdict, d.Findings)
	}
	for name, layer := range map[string]graph.Layer{"short": rnn.LRU{Units: 64, RMin: 0.5, RMax: 0.6, NoSkip: true, Last: true}, "LSTM": rnn.LSTM{Units: 8, Last: true}} {
		p := observeSequence(t, layer, 6)
		for _, f := range vanishing.Diagnose(p).Findings {
			if f.Rule == "long-memory" {
				t.Errorf("%s: %s", name, f.Sentence)
			}
		}
	}
}
