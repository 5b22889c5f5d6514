package data

import "github.com/pkg/errors"

// A Shard is one of equal parts of each batch, for one of several processes that train together: they walk through the same shuffle, and no
// sample is in two parts. The parts of a batch whose samples cannot be divided differ by one sample.
//
// A batch with fewer samples than there are shards has none for some of them. They get one sample of the batch all the same, which
// [Shard.Samples] does not count.
type Shard struct {
	Index int // from 0 to Count-1
	Count int // number of shards; 0 and 1 give the whole batch
}

func (s Shard) validate() error {
	if s.Index < 0 || s.Count < 0 || s.Index >= max(1, s.Count) {
		return errors.Errorf("data: Batches.Shard: got number %d of %d, want one from 0 to %d", s.Index, s.Count, max(0, s.Count-1))
	}
	return nil
}

// Samples is the number of samples that the shard has of a batch of n.
func (s Shard) Samples(n int) int {
	first, end := s.part(n)
	return end - first
}

// part is where the shard begins and ends in a batch of n samples.
func (s Shard) part(n int) (first, end int) {
	count := max(1, s.Count)
	return s.Index * n / count, (s.Index + 1) * n / count
}

// largest is the number of samples that are picked of a batch of n.
func (s Shard) largest(n int) int { return max(1, s.Samples(n)) }

// pick picks the shard of a batch.
func (s Shard) pick(batch []int) []int {
	first, end := s.part(len(batch))
	if first == end {
		first = min(first, len(batch)-1)
		end = first + 1
	}
	return batch[first:end]
}
