package runs

import (
	"context"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/dist/mpi"
)

// distributed is the help on -dist.
var distributed = lang.Key(`With -dist all processes that mpirun or srun has started (ranks) train one network together. -batch is that of all ranks
together: a run makes the same steps on any number of ranks. Rank 0 prints and writes; the others must see its folder. The
same command goes on with the run in -out, if there is one, also on another number of ranks:

  mpirun -np 4 demo train -dist -model resnet20 -out my-run`)

// ranks are the processes that train together. Its methods do what one process alone needs if it is nil.
type ranks struct {
	comm      dist.Comm
	placement dist.Placement
	exchange  train.Exchange
	syncBN    bool
	training  atomic.Bool // while Fit has not returned
}

// An abandoning is a Comm whose Abort removes the files that are being written before it ends the process.
type abandoning struct{ dist.Comm }

func (c abandoning) Abort(reason error) {
	files.Abandon()
	c.Comm.Abort(reason)
}

// Share implements dist.Sharer.
func (c abandoning) Share(n int) ([]byte, error) {
	if s, is := c.Comm.(dist.Sharer); is {
		return s.Share(n)
	}
	return nil, nil
}

// Pause implements dist.Sharer.
func (c abandoning) Pause(calls int) error {
	if s, is := c.Comm.(dist.Sharer); is {
		return s.Pause(calls)
	}
	return nil
}

// openRanks connects the ranks and gives each its share of the cores.
func openRanks() (*ranks, error) {
	comm, err := mpi.Open()
	if err != nil {
		return nil, err
	}
	r := &ranks{comm: abandoning{comm}}
	if r.placement, err = dist.Place(comm); err != nil {
		return nil, err
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/r.placement.Sharing))
	}
	return r, nil
}

// onRanks is demo train with -dist.
func (t training) onRanks(ctx context.Context, cmd *cli.Command, page setup.Page) error {
	r, err := openRanks()
	if err != nil {
		return err
	}
	t.ranks, r.syncBN = r, t.saving.syncBN
	t.run.info.Ranks = r.comm.Size()
	if r.comm.Rank() == 0 {
		err = t.lead(ctx, cmd, page)
	} else {
		err = t.follow(ctx)
	}
	return r.end(ctx, err)
}

// lead is what rank 0 does.
func (t training) lead(ctx context.Context, cmd *cli.Command, page setup.Page) error {
	if err := t.goOn(cmd); err != nil {
		return err
	}
	return t.served(ctx, cmd, page)
}

// follow is what the other ranks do: they train, and write nothing.
func (t training) follow(ctx context.Context) error {
	trainSet, valSet, networks, err := t.Load(ctx)
	if err != nil {
		return err
	}
	trainer, err := t.NewTrainer(networks[0])
	if err != nil {
		return err
	}
	if t.run.path, err = t.ranks.hear(); err != nil {
		return err
	}
	t.run.attachEnds(trainer, io.Discard)
	t.ranks.attach(trainer)
	_, err = t.ranks.fit(ctx, trainer, trainSet, valSet)
	return err
}

// end ends the connection. An error of this rank ends all, unless the training was stopped on all of them.
func (r *ranks) end(ctx context.Context, err error) error {
	if r.comm.Size() == 1 {
		return err
	}
	stopped, ended := errors.Is(err, context.Canceled), errors.Is(err, dist.ErrAborted)
	if r.training.Load() {
		r.comm.Abort(errors.New(say.Text("the ranks have not ended together after a signal")))
	}
	if err != nil && !stopped && !ended { // if another rank has ended all, Close waits for the end
		r.comm.Abort(err)
	}
	if closing := r.comm.Close(); err == nil {
		err = closing
	}
	if stopped && r.comm.Rank() > 0 {
		return console.Exit(console.Status(ctx, err, io.Discard))
	}
	return err
}

// attach lets a trainer train on all ranks.
func (r *ranks) attach(t *train.Trainer) {
	if r == nil {
		return
	}
	t.Comm, t.SplitBatch, t.SyncBatchNorm = r.comm, true, r.syncBN
	t.Callbacks = append(t.Callbacks, &exchangeWatcher{ranks: r})
}

// fit trains.
func (r *ranks) fit(ctx context.Context, t *train.Trainer, trainSet, valSet *data.Dataset) (train.History, error) {
	if r != nil {
		r.training.Store(true)
		defer r.training.Store(false)
	}
	return t.Fit(ctx, trainSet, valSet)
}

// grace is the time after a signal in which the ranks agree on an end, in addition to that which a process alone has.
func (r *ranks) grace() time.Duration {
	if r == nil || r.comm.Size() == 1 {
		return 0
	}
	return 20 * time.Second
}

// print prints how many ranks there are, and what each has.
func (r *ranks) print(out io.Writer, batch int) {
	if r == nil {
		return
	}
	n := r.comm.Size()
	say.Fprintf(out, "ranks: %d; hosts: %d; cores of a rank: %d; images of a batch on a rank: %s\n", n, r.placement.Hosts, runtime.GOMAXPROCS(0), part(batch, n))
}

// part is what each of n ranks has of a batch.
func part(batch, n int) string {
	if batch%n == 0 {
		return strconv.Itoa(batch / n)
	}
	return say.Sprintf("%d or %d", batch/n, batch/n+1)
}

// printExchange prints how long the sums of gradients took.
func (r *ranks) printExchange(out io.Writer) {
	if r == nil || r.exchange.Total == 0 {
		return
	}
	hidden := 1 - float64(r.exchange.Waited)/float64(r.exchange.Total)
	say.Fprintf(out, "sums of gradients over the ranks: %v, of which the backward pass hid %.0f%%\n", r.exchange.Total.Round(time.Millisecond), 100*max(0, hidden))
}

// An exchangeWatcher is a callback that keeps the times of the exchange.
type exchangeWatcher struct {
	train.Base
	ranks *ranks
}

// End implements train.Callback.
func (w *exchangeWatcher) End(r *train.Run) error {
	w.ranks.exchange = r.Exchange
	return nil
}
