package train

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A tally adds up the scores of batches, weighted by their samples, in float64.
type tally struct {
	losses []lossTally // by Program.Parts; made at the first batch
}

// A lossTally adds up the scores of one loss.
type lossTally struct {
	name    string
	weight  float64
	summed  bool                                       // the loss of a batch is a sum over its samples
	right   func(output, target *tensor.Dense) float64 // samples classified right; nil if the loss does not classify
	loss    float64
	weights float64 // of the samples, over which a mean is taken: their number, unless the loss weights them
	hits    float64
	samples float64
}

func newLossTally(p *graph.Part) lossTally {
	t := lossTally{name: p.Name, weight: p.Weight, summed: p.Loss.Reduction() == graph.Sum}
	if c, ok := p.Loss.(graph.Classifier); ok {
		t.right = c.Correct
	}
	return t
}

// add counts the batch that a program has just run.
func (t *tally) add(p *graph.Program, samples int) {
	if t.losses == nil {
		for _, part := range p.Parts {
			t.losses = append(t.losses, newLossTally(part))
		}
	}
	for i, part := range p.Parts {
		t.losses[i].add(part, float64(samples))
	}
}

func (t *lossTally) add(p *graph.Part, samples float64) {
	t.samples += samples
	switch weight := weightOf(p, samples); {
	case t.summed:
		t.loss += p.Value()
		t.weights += samples
	case weight != 0: // without weight there is no mean
		t.loss += weight * p.Value()
		t.weights += weight
	}
	if t.right != nil {
		t.hits += t.right(p.OutputValue(), p.TargetValue())
	}
}

// weightOf is the weight of a batch in a mean: the sum of the weights of its samples.
func weightOf(p *graph.Part, samples float64) float64 {
	if sum, weighted := p.SumOfWeights(); weighted {
		return sum
	}
	return samples
}

// scores are the means so far.
func (t *tally) scores() Scores {
	if len(t.losses) == 1 {
		s := t.losses[0].scores()
		s.Loss *= t.losses[0].weight
		return s
	}
	all := Scores{Accuracy: math.NaN(), Parts: make(map[string]Scores)}
	classifiers := 0
	for i := range t.losses {
		l := &t.losses[i]
		s := l.scores()
		all.Loss += l.weight * s.Loss
		all.Parts[l.name] = s
		if l.right != nil {
			classifiers++
			all.Accuracy = s.Accuracy
		}
	}
	if classifiers > 1 {
		all.Accuracy = math.NaN()
	}
	return all
}

func (t *lossTally) scores() Scores {
	s := Scores{Loss: t.loss / t.weights, Accuracy: math.NaN()}
	if t.right != nil {
		s.Accuracy = t.hits / t.samples
	}
	return s
}
