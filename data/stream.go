package data

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/fpu"
)

// A Stream is a set of samples that need not fit into memory: it is read anew in each epoch.
//
//	stream := &data.Stream{Samples: 1_000_000, Open: func(ctx context.Context) iter.Seq2[data.Batch, error] { ... }}
//	history, err := trainer.FitStream(ctx, stream, val)
type Stream struct {
	// Samples is the number of samples of a walk. A walk that gives another number is an error.
	Samples int
	// Open begins a walk through all samples, in batches of any sizes. Each walk must give the same samples in the same order. The
	// batches must have the same columns; of Batch only X, Y and Columns are read, and nothing is kept of a batch when the next is
	// asked for. A walk ends after its first error, and soon after ctx is done. A panic is an error.
	//
	// Without X the first column is the input that the model's Apply gets: the first of the dataset, in a batch of [Dataset.Batch], or else
	// the first by name.
	Open func(ctx context.Context) iter.Seq2[Batch, error]
	// Buffer is the number of samples in memory among which a shuffled walk draws the next; 0 means 10,000. A buffer as large as the
	// stream shuffles all; a smaller one keeps samples near their place, so the stored order should be a random one.
	Buffer int
	// Classes names the classes of Y, as in Dataset.
	Classes []string
}

// Batch is the whole dataset as one batch, which shares memory with d.
func (d *Dataset) Batch() Batch {
	b := Batch{X: d.X, Y: d.Y, Columns: make(map[string]*tensor.Dense), size: d.Len()}
	for _, c := range d.AllColumns() {
		b.Columns[c.Name] = c.Values
		b.order = append(b.order, c.Name)
	}
	return b
}

// dataset is the batch as a dataset, which shares memory with b. Columns are in the order of the dataset that the batch was made of, if
// they are still the same, or else of their names.
func (b Batch) dataset() *Dataset {
	d := &Dataset{X: b.X, Y: b.Y}
	names := slices.Sorted(maps.Keys(b.Columns))
	if slices.Equal(slices.Sorted(slices.Values(b.order)), names) {
		names = b.order
	}
	for _, name := range names {
		if name == inputName && b.X != nil || name == targetName && b.Y != nil { // they are X and Y
			continue
		}
		d.Columns = append(d.Columns, Column{name, b.Columns[name]})
	}
	return d
}

// Head is the first sample, which shows the columns with their shapes and types.
func (s *Stream) Head(ctx context.Context) (*Dataset, error) {
	if err := s.validate(ctx); err != nil {
		return nil, err
	}
	for batch, err := range s.open(ctx) {
		if err != nil {
			return nil, errors.Wrap(err, "data: stream: first batch")
		}
		d := batch.dataset()
		if err := d.Validate(); err != nil {
			return nil, errors.Wrap(err, "stream: first batch")
		}
		head := d.pick([]int{0})
		head.Classes = s.Classes
		return head, nil
	}
	return nil, errors.New("data: stream: got no batch, want at least one")
}

// open is Open, except that a panic of the walk is an error. One of whoever uses its batches passes.
func (s *Stream) open(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		used, more := false, true
		defer func() {
			if used {
				return
			}
			if r := recover(); r != nil {
				fpu.Restore()
				if more { // otherwise no error is wanted any more
					yield(Batch{}, errors.Errorf("the walk of Stream.Open panicked: %v", r))
				}
			}
		}()
		for batch, err := range s.Open(ctx) {
			used = true
			more = yield(batch, err)
			if used = false; !more {
				return
			}
		}
	}
}

func (s *Stream) validate(ctx context.Context) error {
	switch {
	case ctx == nil:
		return errors.New("data: the context is nil: give context.Background() if nothing is to stop the walk")
	case s == nil || s.Open == nil:
		return errors.New("data: stream: Open is nil, want a function that begins a walk")
	case s.Samples < 1:
		return errors.Errorf("data: stream: got %d Samples, want the number of samples of a walk", s.Samples)
	case s.Buffer < 0:
		return errors.Errorf("data: stream: got Buffer %d, want a number of samples, or 0 for %d", s.Buffer, defaultBuffer)
	}
	return nil
}

// chunks walks through the stream as valid datasets of the columns of head, which all together have as many samples as the stream
// says.
func (s *Stream) chunks(ctx context.Context, head *Dataset) iter.Seq2[*Dataset, error] {
	return func(yield func(*Dataset, error) bool) {
		seen, number := 0, 0
		fail := func(err error) { yield(nil, errors.Wrapf(err, "stream: batch %d", number)) }
		for batch, err := range s.open(ctx) {
			if err != nil {
				fail(errors.Wrap(err, "data"))
				return
			}
			d := batch.dataset()
			d.Classes = s.Classes
			if err := d.Validate(); err != nil {
				fail(err)
				return
			}
			if got, want := layout(d), layout(head); got != want {
				fail(errors.Errorf("data: got the columns %s, want %s, as in the first batch", got, want))
				return
			}
			if seen += d.Len(); seen > s.Samples {
				break
			}
			if !yield(d, nil) {
				return
			}
			number++
		}
		if seen != s.Samples {
			fail(errors.Errorf("data: got %s samples, want %d, as Stream.Samples says", atLeast(seen, s.Samples), s.Samples))
		}
	}
}

func atLeast(seen, samples int) string {
	if seen > samples {
		return fmt.Sprintf("at least %d", seen)
	}
	return fmt.Sprint(seen)
}

// layout is the names, types and shapes of a sample's columns.
func layout(d *Dataset) string {
	text := ""
	for _, c := range d.AllColumns() {
		text += fmt.Sprintf("%q %v of %v, ", c.Name, c.Values.Shape()[1:], c.Values.Dtype())
	}
	return text[:len(text)-2]
}

// Moments measures a column of the stream in one walk: a mean and a standard deviation for each feature, or for each channel of
// images (N, channels, ...). The names of X and Y are "input" and "target".
func (s *Stream) Moments(ctx context.Context, column string) (Moments, error) {
	return s.moments(ctx, column, false)
}

// SequenceMoments is like Moments for sequences (N, time, features), which have their features along the last axis.
func (s *Stream) SequenceMoments(ctx context.Context, column string) (Moments, error) {
	return s.moments(ctx, column, true)
}

func (s *Stream) moments(ctx context.Context, column string, last bool) (Moments, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return Moments{}, err
	}
	values := head.Column(column)
	if values == nil || !isFloat(values.Dtype()) || values.Dims() < 2 {
		return Moments{}, errors.Errorf("data: moments of a stream: got the columns %s, want %q with numbers in rows", layout(head), column)
	}
	features := values.Shape()[1]
	if last {
		features = lastOf(values.Shape())
	}
	m := newMeter(features, last)
	for d, err := range s.chunks(ctx, head) {
		if err != nil {
			return Moments{}, err
		}
		m.addTensor(d.Column(column))
	}
	return m.moments(), nil
}
