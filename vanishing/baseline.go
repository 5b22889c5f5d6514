package vanishing

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A baseline collects statistics of the targets and computes the loss of the best output that is the same for all samples.
type baseline struct {
	program *graph.Program
	moments []graph.TargetMoments // by loss; without samples if the loss has no known baseline
	batch   int                   // samples of the largest batch
}

// add includes the targets of a program's last run.
func (b *baseline) add(p *graph.Program) {
	if b.moments == nil {
		for _, part := range p.Parts {
			b.moments = append(b.moments, graph.NewTargetMoments(part.Loss))
		}
	}
	b.program = p
	for i, part := range p.Parts {
		target := part.TargetValue()
		if _, known := part.Loss.(graph.Baseliner); !known || target == nil {
			continue
		}
		b.moments[i].Add(part.Output.Shape(), target)
		b.batch = max(b.batch, target.Shape()[0])
	}
}

// size is the root mean square of the targets of the loss, if that is a squared error; 0 otherwise.
func (b *baseline) size() profile.Number {
	if len(b.moments) != 1 || b.moments[0].Samples == 0 {
		return 0
	}
	if _, squared := b.program.Parts[0].Loss.(graph.MSE); !squared {
		return 0
	}
	sum, m := 0.0, b.moments[0]
	for _, squares := range m.Squares {
		sum += squares / float64(m.Samples)
	}
	return number(math.Sqrt(sum / float64(len(m.Squares))))
}

// losses are the losses of a sum of several with their baselines; nil for one loss.
func (b *baseline) losses() (list []profile.Loss) {
	if b.program == nil || len(b.program.Parts) < 2 {
		return nil
	}
	for i, part := range b.program.Parts {
		loss := profile.Loss{Name: part.Name}
		if b.moments != nil && b.moments[i].Samples > 0 {
			loss.Baseline = number(part.Loss.(graph.Baseliner).Baseline(b.moments[i], b.batch))
		}
		list = append(list, loss)
	}
	return list
}

// lossesOf are the values of several losses in the last run of a program; nil for one loss.
func lossesOf(p *graph.Program) (list []profile.Number) {
	if len(p.Parts) < 2 {
		return nil
	}
	for _, part := range p.Parts {
		list = append(list, number(part.Value()))
	}
	return list
}

// accuracy is the share of the samples in the most frequent class, if the loss is one cross-entropy; 0 otherwise.
func (b *baseline) accuracy() profile.Number {
	if len(b.moments) != 1 || b.moments[0].Samples == 0 {
		return 0
	}
	if _, classifies := b.program.Parts[0].Loss.(graph.CrossEntropy); !classifies {
		return 0
	}
	return number(slices.Max(b.moments[0].Sum) / float64(b.moments[0].Samples))
}

// loss is the weighted sum over all losses; 0 if there is none or the baseline of one is unknown.
func (b *baseline) loss() profile.Number {
	sum := 0.0
	for i := range b.moments {
		if b.moments[i].Samples == 0 {
			return 0
		}
		part := b.program.Parts[i]
		sum += part.Weight * part.Loss.(graph.Baseliner).Baseline(b.moments[i], b.batch)
	}
	return number(sum)
}
