package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// remembering has two linear recurrent units over ten steps, whose gradient falls by a factor for each step back, with so long a memory in
// the second.
func remembering(factor, memory, theta float64) profile.Profile {
	return flat(func(p *profile.Profile) {
		at, delta := make([]int, 10), make([]profile.Number, 10)
		size := 1.0
		for k := 9; k >= 0; k-- {
			at[k], delta[k] = k+1, profile.Number(size)
			size *= factor
		}
		for i := range 2 {
			p.Sequences = append(p.Sequences, profile.Sequence{Layer: i + 1, Steps: 10, At: at, Cell: profile.LRU})
		}
		for i := range p.Records {
			if p.Records[i].Details == nil {
				p.Records[i].Details = &profile.Details{Layers: make([]profile.LayerDetail, len(p.Layers)), Params: make([]profile.ParamDetail, len(p.Params)), Blocks: make([]*profile.BlockDetail, len(p.Blocks))}
			}
			p.Records[i].Details.Sequences = []profile.SequenceDetail{
				{DeltaRMS: delta, Linear: &profile.LinearDetail{Memory: 2, Theta: 3, Expected: 4}},
				{DeltaRMS: delta, Linear: &profile.LinearDetail{Memory: profile.Number(memory), Theta: profile.Number(theta), Expected: 650}},
			}
		}
	})
}

// A long memory is a note that names the layer, its memory and what theory expects; the verdict is none of an exploding gradient.
func TestLongMemory(t *testing.T) {
	d := Diagnose(remembering(0.99, 1000, 700))
	f := expectFinding(t, d, "long-memory", "layer 3", "is 700 times", "up to 1000 steps", "no exploding gradient", "650 times")
	if d.Verdict != Healthy || f.Severity != Note || len(f.Layers) != 1 || f.Layers[0] != 2 {
		t.Errorf("got the verdict %v and %+v, want healthy and a note on layer 2", d.Verdict, f)
	}
	expectNoFinding(t, Diagnose(remembering(0.99, 10, 99)), "long-memory")
	expectNoFinding(t, Diagnose(remembering(0.99, 10, 6600)), "long-memory") // ten times what the memory explains
	exploding := Diagnose(remembering(3, 1000, 700))
	if expectNoFinding(t, exploding, "long-memory"); exploding.Verdict != Exploding {
		t.Errorf("got %v for a gradient that grows over time, want exploding", exploding.Verdict)
	}
}
