package vanishing

import (
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// ranksOf is what each rank has computed in the current step; nil in a process alone.
func ranksOf(run *train.Run) (list []profile.RankRecord) {
	for rank, norm := range run.RankNorms {
		r := profile.RankRecord{GradL2: number(norm)}
		if n := run.RankWeights[rank]; n == math.Trunc(n) && run.Program.Parts[0].Loss.Reduction() != graph.Sum {
			r.Samples = int(n)
		}
		list = append(list, r)
	}
	return list
}
