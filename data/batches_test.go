package data

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

func ExampleBatches() {
	ds := &Dataset{
		X: tensor.New(tensor.WithShape(5, 1), tensor.WithBacking([]float64{10, 11, 12, 13, 14})),
		Y: tensor.New(tensor.WithShape(5), tensor.WithBacking([]int{0, 1, 2, 3, 4})),
	}
	b := Batches{Size: 2}
	epoch, err := b.All(ds, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Count(ds.Len()), "batches")
	for i, batch := range epoch {
		fmt.Println(i, batch.X.Shape(), batch.X.Data(), batch.Y.Data())
	}
	// Output:
	// 3 batches
	// 0 (2, 1) [10 11] [0 1]
	// 1 (2, 1) [12 13] [2 3]
	// 2 (1, 1) [14] [4]
}

// visits walks an epoch of a dataset made by counting, checks that each row of X still has its own Y, and returns the
// numbers of the samples in the order of their visit.
func visits(t *testing.T, b Batches, ds *Dataset, epoch int) []int {
	t.Helper()
	walk, err := b.All(ds, epoch)
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for i, batch := range walk {
		x, y := batch.X.Data().([]float64), batch.Y.Data().([]int)
		width := len(x) / len(y)
		if i != len(order)/b.size() {
			t.Errorf("batch %d comes after %d samples", i, len(order))
		}
		for row, class := range y {
			sample := int(x[row*width]) / width
			for k := range width {
				if want := float64(sample*width + k); x[row*width+k] != want {
					t.Errorf("batch %d row %d holds %v at %d; want %v", i, row, x[row*width+k], k, want)
				}
			}
			if class != sample%3 {
				t.Errorf("batch %d: sample %d came with class %d; want %d", i, sample, class, sample%3)
			}
			order = append(order, sample)
		}
	}
	return order
}

func TestBatchesVisitEverySampleOnce(t *testing.T) {
	for _, n := range []int{1, 5, 6, 7, 64, 65, 130} {
		for _, size := range []int{0, 1, 3, 7} {
			for _, shuffle := range []bool{false, true} {
				order := visits(t, Batches{Size: size, Shuffle: shuffle, Seed: 3}, counting(n, 2), 1)
				slices.Sort(order)
				for i := range n {
					if len(order) != n || order[i] != i {
						t.Fatalf("n %d, size %d, shuffle %v: visited %v", n, size, shuffle, order)
					}
				}
			}
		}
	}
}

func TestShuffleDependsOnSeedAndEpochOnly(t *testing.T) {
	ds := counting(100, 1)
	order := func(seed uint64, size, epoch int) []int {
		return visits(t, Batches{Size: size, Shuffle: true, Seed: seed}, ds, epoch)
	}
	first := order(1, 10, 0)
	if again := order(1, 10, 0); !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed and epoch gave %v, then %v", first, again)
	}
	if resized := order(1, 7, 0); !reflect.DeepEqual(first, resized) {
		t.Errorf("batches of 7 changed the order from %v to %v", first, resized)
	}
	if reflect.DeepEqual(first, order(1, 10, 1)) {
		t.Error("epochs 0 and 1 have the same order")
	}
	if reflect.DeepEqual(first, order(2, 10, 0)) {
		t.Error("seeds 1 and 2 give the same order")
	}
	if slices.IsSorted(first) {
		t.Error("the shuffle left the samples in order")
	}
}

// Pinned, so that a change of the generator or of how it is seeded shows: results recorded with older releases would change.
func TestShuffleIsStable(t *testing.T) {
	got := visits(t, Batches{Shuffle: true, Seed: 1}, counting(10, 1), 0)
	if want := []int{3, 6, 9, 7, 1, 0, 8, 2, 4, 5}; !reflect.DeepEqual(got, want) {
		t.Errorf("seed 1 epoch 0 shuffles 10 samples to %v; want %v", got, want)
	}
}

func TestCount(t *testing.T) {
	for _, test := range []struct {
		batches Batches
		n, want int
	}{
		{Batches{}, 0, 0},
		{Batches{}, 64, 1},
		{Batches{}, 65, 2},
		{Batches{DropLast: true}, 65, 1},
		{Batches{DropLast: true}, 63, 0},
		{Batches{Size: 10}, 95, 10},
		{Batches{Size: 10, DropLast: true}, 95, 9},
		{Batches{Size: 10}, -5, 0},
		{Batches{Size: -1}, 5, 0},
	} {
		if got := test.batches.Count(test.n); got != test.want {
			t.Errorf("%+v makes %d batches of %d samples; want %d", test.batches, got, test.n, test.want)
		}
	}
}

func TestDropLast(t *testing.T) {
	got := visits(t, Batches{Size: 3, DropLast: true}, counting(8, 1), 0)
	if want := []int{0, 1, 2, 3, 4, 5}; !reflect.DeepEqual(got, want) {
		t.Errorf("visited %v; want %v", got, want)
	}
}

func TestBatchesReject(t *testing.T) {
	_, err := Batches{Size: -3}.All(counting(4, 1), 0)
	wantError(t, err, "batch size: got -3")
	_, err = Batches{Size: 5, DropLast: true}.All(counting(4, 1), 0)
	wantError(t, err, "DropLast drops all samples: got batch size 5, want at most 4")
	_, err = Batches{}.All(nil, 0)
	wantError(t, err, "nil")
}

func TestBatchesStopEarlyAndStartAgain(t *testing.T) {
	walk, err := Batches{Size: 2, Shuffle: true}.All(counting(9, 1), 4)
	if err != nil {
		t.Fatal(err)
	}
	var firsts []float64
	for range 2 {
		for _, batch := range walk {
			firsts = append(firsts, batch.X.Data().([]float64)[0])
			break
		}
	}
	if len(firsts) != 2 || firsts[0] != firsts[1] {
		t.Errorf("two walks of one epoch start with %v; want one batch each, the same", firsts)
	}
}

func TestBatchesLeaveTheDatasetAlone(t *testing.T) {
	ds := counting(4, 1)
	walk, err := Batches{Size: 3}.All(ds, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range walk {
		batch.X.Zero()
		batch.Y.Zero()
	}
	if !reflect.DeepEqual(ds, counting(4, 1)) {
		t.Errorf("writing to batches changed the dataset to %v, %v", ds.X.Data(), ds.Y.Data())
	}
}

func TestBatchesDoNotAllocateInBetween(t *testing.T) {
	ds := counting(1000, 4)
	allocations := func(size int) float64 {
		b := Batches{Size: size, Shuffle: true}
		return testing.AllocsPerRun(10, func() {
			walk, err := b.All(ds, 0)
			if err != nil {
				t.Fatal(err)
			}
			for range walk {
			}
		})
	}
	few, many := allocations(500), allocations(1)
	if few != many {
		t.Errorf("2 batches allocate %v times and 1000 batches %v times; want as many", few, many)
	}
}
