package train

import (
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/dist"
)

// ranksState is the name of the state with what differs between the ranks.
const ranksState = "ranks"

// A savedRank is what one rank has of its own: its sources of random numbers, and its sums of the epoch so far.
type savedRank struct {
	Random  map[string][][]byte
	Samples savedNumber
	Losses  []savedLoss
}

// gatherStates gives rank 0 what differs between the ranks; nil elsewhere, and in a process alone.
func (f *fit) gatherStates() ([]savedRank, error) {
	if f.exchange == nil {
		return nil, nil
	}
	var own savedRank
	var err error
	if own.Random, err = f.randomState(); err != nil {
		return nil, err
	}
	own.Samples, own.Losses = f.savedTally()
	raw, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	all, err := f.Comm.Gather(raw, 0)
	if err != nil {
		return nil, err
	}
	var ranks []savedRank
	for _, raw := range all {
		var r savedRank
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		ranks = append(ranks, r)
	}
	return ranks, nil
}

// savedRanks are the states of the ranks in the checkpoint; nil in one of a process alone.
func (f *fit) savedRanks() (ranks []savedRank, err error) {
	if state, has := f.from.States[ranksState]; has {
		err = state.Decode(&ranks)
	}
	return ranks, err
}

// ownRandom are the states of this rank's sources of random numbers in the checkpoint; nil if it was made by another number of ranks. What is
// random inside the graph begins anew then.
func (f *fit) ownRandom() (states map[string][][]byte, err error) {
	ranks, err := f.savedRanks()
	switch {
	case err != nil:
		return nil, err
	case max(1, len(ranks)) != f.run.Ranks:
		return nil, nil
	case len(ranks) > 0:
		return ranks[f.run.Rank].Random, nil
	}
	err = f.from.States[randomState].Decode(&states)
	return states, err
}

// ownTally are the sums with which this rank goes on in the epoch: its own, or those of all ranks together on rank 0 if their number has
// changed.
func (f *fit) ownTally() (savedRank, error) {
	ranks, err := f.savedRanks()
	if err != nil {
		return savedRank{}, err
	}
	if len(ranks) == 0 { // of a process alone
		ranks = []savedRank{{Samples: f.loaded.Samples, Losses: f.loaded.Losses}}
	}
	if len(ranks) == f.run.Ranks {
		return ranks[f.run.Rank], nil
	}
	all := savedRank{Losses: make([]savedLoss, len(ranks[0].Losses))}
	for _, r := range ranks {
		if len(r.Losses) != len(all.Losses) {
			return savedRank{}, errors.Errorf("got the sums of %d losses of one rank and %d of another, want as many", len(r.Losses), len(all.Losses))
		}
		for i, l := range r.Losses {
			all.Losses[i].Name = l.Name
			if f.run.Rank == 0 {
				all.Losses[i].Loss += l.Loss
				all.Losses[i].Weights += l.Weights
				all.Losses[i].Hits += l.Hits
				all.Losses[i].Unlabelled += l.Unlabelled
			}
		}
		if f.run.Rank == 0 {
			all.Samples += r.Samples
		}
	}
	return all, nil
}

// newestOfRanks opens the folder on rank 0 and reads it on the others, which must see the same newest checkpoint.
func (f *fit) newestOfRanks() (newest *checkpoint.Checkpoint, err error) {
	step := []float64{-1}
	if f.run.Rank == 0 {
		f.folder = f.Checkpoints
		if newest, err = f.folder.Begin(); err != nil {
			return nil, err
		}
		if newest != nil {
			step[0] = float64(newest.Step)
		}
	}
	if err := f.Comm.Broadcast(dist.Of(step), 0); err != nil || f.run.Rank == 0 {
		return newest, err
	}
	if newest, _, err = checkpoint.Newest(f.Checkpoints.Path); err != nil {
		return nil, err
	}
	mine := -1
	if newest != nil {
		mine = newest.Step
	}
	if mine != int(step[0]) {
		return nil, errors.Errorf("the newest checkpoint of rank %d is of step %d, that of rank 0 of step %d (the folder %s must be the same for all ranks)",
			f.run.Rank, mine, int(step[0]), f.Checkpoints.Path)
	}
	return newest, nil
}
