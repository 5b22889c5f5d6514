package train

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// A syncedBatch is the batch of all ranks, as synchronised batch normalisation sees it.
type syncedBatch struct{ e *exchange }

func (s syncedBatch) Samples() (own, all int)     { return s.e.own, s.e.all }
func (s syncedBatch) Sum(numbers []float64) error { return s.e.reduce(numbers) }

// syncedRanks are the ranks whose batches have common moments; nil if each has its own.
func (f *fit) syncedRanks() op.Ranks {
	if f.exchange == nil || !f.SyncBatchNorm {
		return nil
	}
	return syncedBatch{f.exchange}
}

// checkSynced refuses losses for which the moments of all ranks would have another gradient: the weight of a rank must be the number of its
// samples.
func (e *exchange) checkSynced(p *graph.Program, x *exchanged) error {
	if !e.synced {
		return nil
	}
	weighted := false
	if len(p.Parts) == 1 {
		_, weighted = p.Parts[0].SumOfWeights()
	}
	if x.summed || weighted {
		return errors.New("train: Trainer.SyncBatchNorm: got a loss that is a sum or weights its samples, want a mean over the samples")
	}
	return nil
}
