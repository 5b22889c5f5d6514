package data

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// countedSet is a dataset whose samples are their numbers.
func countedSet(n int) *Dataset {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i)
	}
	return &Dataset{X: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(values))}
}

// The shards of a batch, one after another, are the batch.
func TestShardsMakeTheBatch(t *testing.T) {
	const samples, size = 23, 6 // the last batch has 5
	whole := Batches{Size: size, Shuffle: true, Seed: 3}
	for _, count := range []int{1, 2, 4, 5} {
		for batch := range whole.Count(samples) {
			var together []int
			for index := range count {
				part := whole
				part.Shard = Shard{index, count}
				together = append(together, part.Samples(samples, 1, batch)...)
			}
			if want := whole.Samples(samples, 1, batch); !reflect.DeepEqual(together, want) {
				t.Errorf("%d shards, batch %d: got %v, want %v", count, batch, together, want)
			}
		}
	}
}

// The loader gives the same samples as Samples tells, with workers and without.
func TestLoaderOfAShard(t *testing.T) {
	for _, workers := range []int{0, 2} {
		l := Loader{Batches: Batches{Size: 4, Shuffle: true, Shard: Shard{1, 3}}, Workers: workers}
		batch := 0
		for b, err := range l.All(context.Background(), countedSet(13), 0) {
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, x := range b.Columns["input"].Float64s() {
				got = append(got, int(x))
			}
			if want := l.Samples(13, 0, batch); !slices.Equal(got, want) {
				t.Errorf("batch %d: got %v, want %v", batch, got, want)
			}
			batch++
		}
		if batch != 4 {
			t.Errorf("got %d batches, want 4", batch)
		}
	}
}

func TestShardsWithoutSamples(t *testing.T) {
	last := Shard{2, 3}
	if got := last.Samples(1); got != 1 {
		t.Errorf("got %d samples of 1 in the last of 3 shards, want 1", got)
	}
	first := Shard{0, 3}
	if got, picked := first.Samples(1), first.pick([]int{7}); got != 0 || !slices.Equal(picked, []int{7}) {
		t.Errorf("got %d samples and %v picked, want none that counts, and 7", got, picked)
	}
}

func TestShardMistakes(t *testing.T) {
	for _, s := range []Shard{{3, 3}, {-1, 2}, {1, 0}, {0, -1}} {
		l := Loader{Batches: Batches{Shard: s}}
		if err := l.Validate(countedSet(5)); err == nil || !strings.Contains(err.Error(), "Batches.Shard") {
			t.Errorf("%v: got error %v, want one that names Batches.Shard", s, err)
		}
	}
}
