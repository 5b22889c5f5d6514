package vanishing

import (
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A baseline gathers the targets of a program's losses, and gives the loss of the best output that is the same for all samples.
type baseline struct {
	program *graph.Program
	moments []graph.TargetMoments // by loss; none of a loss whose baseline is not known
	batch   int                   // samples of the largest batch
}

// see takes in the targets of a program's last run.
func (b *baseline) see(p *graph.Program) {
	if b.moments == nil {
		b.moments = make([]graph.TargetMoments, len(p.Parts))
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

// loss is the weighted sum over the losses; 0 if it is not known of one of them, or without any.
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
