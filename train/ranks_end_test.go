package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/dist"
)

// What ends one rank ends all: after the same step if it is a stop, and with its error otherwise.
func TestRanksEndTogether(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(cancel func()) error // after step 3, on rank 1 alone
		want error
	}{
		"stopped":   {func(func()) error { return ErrStop }, nil},
		"cancelled": {func(cancel func()) error { cancel(); return nil }, context.Canceled},
		"failed":    {func(func()) error { return errDisk }, errDisk},
	} {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		steps := make([]int, 3)
		err := dist.Local(3, func(comm dist.Comm) error {
			tr := ranksTrainer(3)
			tr.Comm = comm
			tr.Callbacks = []Callback{&hooks{
				afterStep: func(r *Run) error {
					steps[r.Rank]++
					if r.Rank == 1 && r.Step == 3 {
						return c.end(cancel)
					}
					return nil
				},
			}}
			of := background
			if comm.Rank() == 1 {
				of = ctx
			}
			_, err := tr.Fit(of, points(47), nil)
			if c.want == context.Canceled {
				if !errors.Is(err, context.Canceled) {
					return fmt.Errorf("rank %d: got error %w, want one of the context", comm.Rank(), err)
				}
				return nil
			}
			return err
		})
		if c.want == errDisk != (err != nil && strings.Contains(err.Error(), errDisk.Error())) {
			t.Errorf("%s: got error %v, want %v", name, err, c.want)
		}
		if steps[0] != steps[1] || steps[1] != steps[2] || steps[1] != 4 {
			if c.want != errDisk || steps[1] != 4 {
				t.Errorf("%s: got %v steps, want 4 on each rank", name, steps)
			}
		}
	}
}

var errDisk = errors.New("the disk is full")

// A run that was stopped goes on to the same bits on as many ranks, and to the same numbers but for rounding on others.
func TestRanksResume(t *testing.T) {
	want, _ := fitted(t, 2, nil, nil)
	for _, ranks := range []int{2, 4, 1} {
		folder := t.TempDir()
		stop := func(tr *Trainer) {
			tr.Checkpoints = &checkpoint.Folder{Path: folder, Steps: 5}
			tr.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error {
				if r.Step == 6 {
					return errDisk
				}
				return nil
			}}}
		}
		err := dist.Local(2, func(c dist.Comm) error {
			tr := ranksTrainer(2)
			stop(tr)
			tr.Comm = c
			_, err := tr.Fit(background, points(47), nil)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
			t.Fatalf("got error %v, want %v", err, errDisk)
		}
		got, _ := fitted(t, ranks, func(tr *Trainer) { tr.Checkpoints = &checkpoint.Folder{Path: folder, Steps: 5} }, nil)
		for _, p := range want.All() {
			w, g := p.Value.Float64s(), got.Get(p.Name).Value.Float64s()
			for i := range w {
				if ranks == 2 && g[i] != w[i] || math.Abs(g[i]-w[i]) > 1e-12 {
					t.Errorf("%d ranks: %s, element %d: got %v, want %v", ranks, p.Name, i, g[i], w[i])
					break
				}
			}
		}
	}
}

// Ranks whose clocks differ end after the same epoch: that of rank 0.
func TestRanksEndByTheClockOfRank0(t *testing.T) {
	epochs := make([]int, 2)
	err := dist.Local(2, func(c dist.Comm) error {
		tr := ranksTrainer(2)
		tr.Comm = c
		hours := time.Now()
		tr.Callbacks = []Callback{&TimeLimit{Limit: 100 * time.Hour, now: func() time.Time {
			hours = hours.Add(time.Duration(1+20*c.Rank()) * time.Hour)
			return hours
		}}}
		history, err := tr.Fit(background, points(47), nil)
		epochs[c.Rank()] = len(history.Epochs)
		return err
	})
	if err != nil || epochs[0] != 6 || epochs[1] != 6 {
		t.Errorf("got error %v and %v epochs, want 6 on each rank", err, epochs)
	}
}

// Ranks that are stopped at any moment, each at its own, end together and in good order.
func TestRanksStopAtAnyMoment(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	runs := 60
	if testing.Short() {
		runs = 10
	}
	for run := range runs {
		moments := []time.Duration{time.Duration(r.IntN(8000)) * time.Microsecond, time.Duration(r.IntN(8000)) * time.Microsecond}
		folder := t.TempDir()
		ended := make(chan error, 1)
		go func() {
			ended <- dist.Local(2, func(c dist.Comm) error {
				ctx, cancel := context.WithTimeout(background, moments[c.Rank()])
				defer cancel()
				tr := ranksTrainer(2)
				tr.Comm, tr.Epochs = c, 100000
				tr.Checkpoints = &checkpoint.Folder{Path: folder, Steps: 2}
				_, err := tr.Fit(ctx, points(47), points(10))
				if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
					return nil
				}
				return fmt.Errorf("rank %d: %w", c.Rank(), err)
			})
		}()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("run %d, %v: %v", run, moments, err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("run %d, %v: the ranks do not end", run, moments)
		}
	}
}
