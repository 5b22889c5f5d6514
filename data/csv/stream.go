package csv

import (
	"context"
	"iter"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// chunk is the number of rows that a stream reads at once.
const chunk = 1024

// Stream is a file as a stream, for sets that do not fit into memory. It reads the file once to check it and to count its rows; the
// file must not change afterwards.
func (s *Schema) Stream(path string) (*data.Stream, error) {
	stream := &data.Stream{Classes: s.Classes(), Open: func(ctx context.Context) iter.Seq2[data.Batch, error] { return s.batches(ctx, path) }}
	for batch, err := range stream.Open(context.Background()) {
		if err != nil {
			return nil, err
		}
		stream.Samples += batch.Len()
	}
	return stream, nil
}

// batches reads a file in chunks.
func (s *Schema) batches(ctx context.Context, path string) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		if err := s.walk(ctx, path, func(d *data.Dataset) bool { return yield(d.Batch(), nil) }); err != nil {
			yield(data.Batch{}, errors.Wrap(err, "csv"))
		}
	}
}

// walk gives the rows of a file in chunks, until take is false.
func (s *Schema) walk(ctx context.Context, path string, take func(*data.Dataset) bool) error {
	t, err := openFile(path, s.comma())
	if err != nil {
		return err
	}
	defer t.close()
	r, err := s.newRows(t)
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return errors.Wrap(err, path)
		}
		more, err := r.read(chunk)
		if err != nil {
			return err
		}
		if r.n == 0 && !first { // the last chunk was full
			return nil
		}
		d, err := r.dataset()
		if err != nil {
			return err
		}
		if !take(d) || !more {
			return nil
		}
		r.clear()
	}
}
