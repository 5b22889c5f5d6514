package dist

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// numbers are those of a rank, different on each.
func numbers[T float32 | float64](rank, n int) []T {
	r := rand.New(rand.NewPCG(uint64(rank), 7))
	list := make([]T, n)
	for i := range list {
		list[i] = T(r.NormFloat64())
	}
	return list
}

// summed are the sums over the ranks, in their order.
func summed[T float32 | float64](ranks, n int) []T {
	total := numbers[T](0, n)
	for rank := 1; rank < ranks; rank++ {
		for i, x := range numbers[T](rank, n) {
			total[i] += x
		}
	}
	return total
}

func TestAllReduce(t *testing.T) {
	for _, ranks := range []int{1, 2, 3, 8} {
		err := Local(ranks, func(c Comm) error {
			if c.Size() != ranks {
				return fmt.Errorf("got size %d, want %d", c.Size(), ranks)
			}
			for _, n := range []int{1000, 1, 5, 0, 17} { // more, fewer and no numbers than before, and than ranks
				x, y := numbers[float32](c.Rank(), n), numbers[float64](c.Rank(), n)
				if err := errors.Join(c.AllReduce(Of(x)), c.AllReduce(Of(y))); err != nil {
					return err
				}
				if !reflect.DeepEqual(x, summed[float32](ranks, n)) || !reflect.DeepEqual(y, summed[float64](ranks, n)) {
					return fmt.Errorf("%d ranks, %d numbers: got other sums than in the order of ranks", ranks, n)
				}
			}
			return c.Close()
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestBroadcastAndGather(t *testing.T) {
	err := Local(3, func(c Comm) error {
		x := numbers[float64](c.Rank(), 9)
		if err := c.Broadcast(Of(x), 2); err != nil {
			return err
		}
		if !reflect.DeepEqual(x, numbers[float64](2, 9)) {
			return errors.New("got other numbers than those of rank 2")
		}
		all, err := c.Gather([]byte(strings.Repeat("x", c.Rank())), 1)
		if err != nil {
			return err
		}
		if want := [][]byte{{}, []byte("x"), []byte("xx")}; c.Rank() == 1 && !reflect.DeepEqual(all, want) || c.Rank() != 1 && all != nil {
			return fmt.Errorf("rank %d: got %q, want %q at rank 1", c.Rank(), all, want)
		}
		return c.Barrier()
	})
	if err != nil {
		t.Error(err)
	}
}

// A rank that fails ends the work of the others, wherever they are.
func TestAbort(t *testing.T) {
	ended := make([]error, 3)
	err := Local(3, func(c Comm) error {
		if c.Rank() == 1 {
			return errors.New("the disk is full")
		}
		ended[c.Rank()] = c.AllReduce(Of([]float64{1}))
		return ended[c.Rank()]
	})
	if err == nil || err.Error() != "rank 1: the disk is full" {
		t.Errorf("got error %v, want that of rank 1", err)
	}
	for _, rank := range []int{0, 2} {
		if !errors.Is(ended[rank], ErrAborted) || !strings.Contains(ended[rank].Error(), "the disk is full") {
			t.Errorf("rank %d: got error %v, want ErrAborted with the reason", rank, ended[rank])
		}
	}
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		work func(Comm) error
		want string
	}{
		"other numbers": {func(c Comm) error { return c.AllReduce(Of(make([]float64, 1+c.Rank()))) }, "got 2 of float64 from rank 1 and 1 of float64 from rank 0"},
		"other types": {func(c Comm) error {
			if c.Rank() == 0 {
				return c.AllReduce(Of([]float32{1}))
			}
			return c.AllReduce(Of([]float64{1}))
		}, "want as many of one type"},
		"both types": {func(c Comm) error { return c.AllReduce(Values{[]float32{1}, []float64{1}}) }, "two types at once"},
		"no rank":    {func(c Comm) error { return c.Broadcast(Of([]float32{1}), 2) }, "got rank 2, want one from 0 to 1"},
		"returned early": {func(c Comm) error {
			if c.Rank() == 0 {
				return nil
			}
			return c.Barrier()
		}, "has returned while others wait for it"},
	} {
		if err := Local(2, c.work); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
	if err := Local(0, nil); err == nil {
		t.Error("0 ranks: got no error")
	}
}

func TestAllReduceAllocatesNothing(t *testing.T) {
	err := Local(2, func(c Comm) error {
		x := make([]float32, 100)
		if err := c.AllReduce(Of(x)); err != nil {
			return err
		}
		if c.Rank() != 0 {
			for range 11 { // AllocsPerRun runs once more to warm up
				if err := c.AllReduce(Of(x)); err != nil {
					return err
				}
			}
			return nil
		}
		var failed error
		if n := testing.AllocsPerRun(10, func() { failed = errors.Join(failed, c.AllReduce(Of(x))) }); n > 0 {
			return fmt.Errorf("got %v allocations for an AllReduce, want none", n)
		}
		return failed
	})
	if err != nil {
		t.Error(err)
	}
}

// All ranks see what one writes into common memory, and one that waits there is told that another has gone.
func TestShare(t *testing.T) {
	ended := make([]error, 2)
	err := Local(2, func(c Comm) error {
		memory, err := c.(Sharer).Share(100)
		if err != nil || len(memory) != 100 {
			return fmt.Errorf("got %d bytes and error %v, want 100", len(memory), err)
		}
		memory[c.Rank()] = byte(c.Rank() + 1)
		if err := c.Barrier(); err != nil {
			return err
		}
		if memory[0] != 1 || memory[1] != 2 {
			return fmt.Errorf("rank %d: got %v, want what both ranks wrote", c.Rank(), memory[:2])
		}
		if err := c.Barrier(); err != nil || c.Rank() == 0 {
			return err
		}
		for calls := 0; ended[1] == nil; calls++ {
			ended[1] = c.(Sharer).Pause(calls)
		}
		return ended[1]
	})
	if err == nil || !errors.Is(ended[1], ErrAborted) {
		t.Errorf("got errors %v and %v, want one that a rank has returned", err, ended[1])
	}
}
