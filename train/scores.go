package train

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A tally adds up the scores of batches, weighted by their samples, in float64.
type tally struct {
	losses  []lossTally // by Program.Parts; made at the first batch
	samples float64
}

// A lossTally adds up the scores of one loss.
type lossTally struct {
	name   string
	weight float64
	summed bool                                       // the loss of a batch is a sum over its samples
	right  func(output, target *tensor.Dense) float64 // samples classified right; nil if the loss does not classify
	loss   float64
	hits   float64
	// unlabelled are the samples that have no class.
	unlabelled float64

	weighted bool    // the loss is a mean over weights
	weights  float64 // their sum
}

func newLossTally(p *graph.Part) lossTally {
	t := lossTally{name: p.Name, weight: p.Weight, summed: p.Loss.Reduction() == graph.Sum}
	if c, ok := p.Loss.(graph.Classifier); ok {
		t.right = c.Correct
	}
	_, t.weighted = p.SumOfWeights()
	return t
}

// add counts the batch that a program has just run. It may have no sample that counts.
func (t *tally) add(p *graph.Program, samples int) {
	if t.losses == nil {
		for _, part := range p.Parts {
			t.losses = append(t.losses, newLossTally(part))
		}
	}
	if samples == 0 {
		return
	}
	n := float64(samples)
	t.samples += n
	for i, part := range p.Parts {
		t.losses[i].add(part, n)
	}
}

func (t *lossTally) add(p *graph.Part, samples float64) {
	weight := weightOf(p, samples)
	switch {
	case t.summed:
		t.loss += p.Value()
	case weight != 0: // without weight there is no mean
		t.loss += weight * p.Value()
	}
	if t.weighted {
		t.weights += weight
	}
	if t.right != nil {
		t.hits += t.right(p.OutputValue(), p.TargetValue())
		if c, ok := p.Loss.(graph.LabelCounter); ok {
			t.unlabelled += float64(c.Unlabelled(p.TargetValue()))
		}
	}
}

// weightOf is the weight of a batch in a mean: its number of samples, or the sum of their weights.
func weightOf(p *graph.Part, samples float64) float64 {
	if sum, weighted := p.SumOfWeights(); weighted {
		return sum
	}
	return samples
}

// scores are the means so far.
func (t *tally) scores() Scores {
	if len(t.losses) == 1 {
		s := t.losses[0].scores(t.samples)
		s.Loss *= t.losses[0].weight
		return s
	}
	all := Scores{Accuracy: math.NaN(), Parts: make(map[string]Scores)}
	classifiers := 0
	for i := range t.losses {
		l := &t.losses[i]
		s := l.scores(t.samples)
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

func (t *lossTally) scores(samples float64) Scores {
	s := Scores{Loss: t.loss / samples, Accuracy: math.NaN()}
	if t.weighted {
		s.Loss = t.loss / t.weights
	}
	if t.right != nil {
		s.Accuracy = t.hits / (samples - t.unlabelled)
	}
	return s
}
