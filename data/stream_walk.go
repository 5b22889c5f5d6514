package data

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/pkg/errors"
)

const (
	// defaultBuffer is the meaning of Stream.Buffer 0.
	defaultBuffer = 10_000
	// streamStream keeps the shuffles of streams apart from other random draws with the same seed.
	streamStream = 0x73747265616d0000
)

// A StreamLoader walks through a stream in batches. Their order depends on Seed, the epoch, the size of the buffer and the
// stream alone.
type StreamLoader struct {
	Batches
	// Ahead is the number of batches that a goroutine prepares before the caller asks for them. 0 prepares each when it is asked for.
	Ahead int
	// Waiting is as in [Loader].
	Waiting *Waiting
}

// From walks through an epoch of s from a batch on, giving each batch. The others before it are read, but not given: so a walk goes
// on in mid-epoch with the batches it would have had, bit by bit. A later batch reuses the memory of a batch.
//
// It gives an error in place of a batch, and ends, if the stream has one, or when ctx is done.
func (l StreamLoader) From(ctx context.Context, s *Stream, epoch, first int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		w, err := l.newWalk(ctx, s, epoch, first)
		if err != nil {
			yield(Batch{}, err)
			return
		}
		if l.Ahead == 0 {
			w.alone(ctx, yield)
			return
		}
		w.ahead(ctx, yield)
	}
}

func (l StreamLoader) newWalk(ctx context.Context, s *Stream, epoch, first int) (*streaming, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return nil, err
	}
	if l.Ahead < 0 {
		return nil, errors.Errorf("data: Ahead: got %d, want 0 or more batches", l.Ahead)
	}
	if l.Shard != (Shard{}) {
		return nil, errors.New("data: got a shard of the batches of a stream, want all of them (open the stream so that it gives a part)")
	}
	if l.Size < 0 || l.Count(s.Samples) == 0 {
		return nil, errors.Errorf("data: batches of a stream: got Size %d and DropLast %v, want a batch of %d samples", l.Size, l.DropLast, s.Samples)
	}
	if n := l.Count(s.Samples); first < 0 || first > n {
		return nil, errors.Errorf("data: got a walk from batch %d, want 0 to %d, the number of batches", first, n)
	}
	buffer := 1
	if l.Shuffle {
		buffer = min(orDefault(s.Buffer, defaultBuffer), s.Samples)
	}
	return &streaming{
		StreamLoader: l, stream: s, head: head, first: first, size: min(l.size(), s.Samples),
		kept: newBatchBuffer(head, buffer).full.dataset(), room: buffer,
		random: rand.New(rand.NewPCG(l.Seed, streamStream+uint64(epoch))),
	}, nil
}

func orDefault(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// A streaming is one walk through a stream. It keeps samples until the draw takes them, and puts a new one in their place.
type streaming struct {
	StreamLoader
	stream *Stream
	head   *Dataset
	first  int // number of the first batch
	size   int // of a full batch
	random *rand.Rand

	kept *Dataset // with room for so many samples, of which some are in use
	room int
	used int

	number int      // of the batch that is being made
	filled int      // its samples
	batch  *Dataset // the memory for it
}

// walk makes the batches. take gives memory for the next one, and give gets it when it is full; each is false to end the walk.
func (w *streaming) walk(ctx context.Context, take func() bool, give func(samples int) bool) error {
	if !take() {
		return nil
	}
	var stopped error
	flush := func() bool { // the batch is full
		if ctx.Err() != nil {
			stopped = errors.Wrapf(ctx.Err(), "data: stopped before batch %d of %d", w.number, w.Count(w.stream.Samples))
			return false
		}
		n := w.filled
		w.filled = 0
		w.number++
		return w.number <= w.first || give(n) && (w.number == w.Count(w.stream.Samples) || take())
	}
	for d, err := range w.stream.chunks(ctx, w.head) {
		if err != nil {
			return err
		}
		for row := range d.Len() {
			if w.used < w.room {
				copyRows(w.kept, w.used, d, row)
				w.used++
				continue
			}
			slot := w.draw()
			copyRows(w.kept, slot, d, row)
			if w.filled == w.size && !flush() {
				return stopped
			}
		}
	}
	for w.used > 0 {
		slot := w.draw()
		w.used--
		copyRows(w.kept, slot, w.kept, w.used)
		if w.filled == w.size && !flush() {
			return stopped
		}
	}
	if w.filled > 0 && !w.DropLast {
		flush()
	}
	return stopped
}

// draw moves a kept sample into the batch, and tells its place.
func (w *streaming) draw() (slot int) {
	if w.room > 1 {
		slot = w.random.IntN(w.used)
	}
	if w.number >= w.first && w.number < w.Count(w.stream.Samples) {
		copyRows(w.batch, w.filled, w.kept, slot)
	}
	w.filled++
	return slot
}

// alone makes each batch when it is asked for.
func (w *streaming) alone(ctx context.Context, yield func(Batch, error) bool) {
	buffer := newBatchBuffer(w.head, w.size)
	w.batch = buffer.full.dataset()
	asked := time.Now()
	err := w.walk(ctx, func() bool {
		asked = time.Now()
		return true
	}, func(n int) bool {
		w.Waiting.add(asked, true)
		return yield(buffer.sized(n), nil)
	})
	if err != nil {
		yield(Batch{}, err)
	}
}

// ahead makes batches on a goroutine of its own.
func (w *streaming) ahead(ctx context.Context, yield func(Batch, error) bool) {
	type made struct {
		buffer *batchBuffer
		batch  Batch
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	free, ready := make(chan *batchBuffer, w.Ahead+1), make(chan made, w.Ahead+1)
	for range w.Ahead + 1 {
		free <- newBatchBuffer(w.head, w.size)
	}
	go func() {
		defer close(ready)
		var buffer *batchBuffer
		err := w.walk(ctx, func() bool {
			select {
			case buffer = <-free:
				w.batch = buffer.full.dataset()
				return true
			case <-ctx.Done():
				return false
			}
		}, func(n int) bool {
			ready <- made{buffer: buffer, batch: buffer.sized(n)}
			return true
		})
		if err != nil {
			ready <- made{err: err}
		}
	}()
	defer func() {
		cancel()
		for range ready { // until the goroutine has ended
		}
	}()
	for {
		asked, late := time.Now(), len(ready) == 0
		m, more := <-ready
		switch {
		case ctx.Err() != nil:
			yield(Batch{}, errors.Wrap(ctx.Err(), "data: stopped in a stream"))
			return
		case !more:
			return
		case m.err != nil:
			yield(Batch{}, m.err)
			return
		}
		w.Waiting.add(asked, late)
		if !yield(m.batch, nil) {
			return
		}
		free <- m.buffer
	}
}
