package csv

import (
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// Read reads a file into memory, and returns what was learnt of it to read others. It reads the file twice.
func Read(path string, o Options) (*data.Dataset, *Schema, error) {
	s, err := Learn(path, o)
	if err != nil {
		return nil, nil, err
	}
	ds, err := s.Read(path)
	return ds, s, err
}

// Read reads a file whose header names the columns of the schema, in any order and among others, into memory. A file may lack the
// targets, all of them: then Y is nil. A category that is not in the schema is an error.
func (s *Schema) Read(path string) (*data.Dataset, error) {
	t, err := openFile(path, s.comma())
	if err != nil {
		return nil, errors.Wrap(err, "csv")
	}
	defer t.close()
	ds, err := s.readAll(t)
	return ds, errors.Wrap(err, "csv")
}

// Parse is [Schema.Read] of a text from elsewhere, which errors call by a name.
func (s *Schema) Parse(r io.Reader, name string) (*data.Dataset, error) {
	t, err := newTable(r, name, s.comma())
	if err != nil {
		return nil, errors.Wrap(err, "csv")
	}
	ds, err := s.readAll(t)
	return ds, errors.Wrap(err, "csv")
}

func (s *Schema) readAll(t *table) (*data.Dataset, error) {
	r, err := s.newRows(t)
	if err != nil {
		return nil, err
	}
	if _, err := r.read(0); err != nil {
		return nil, err
	}
	return r.dataset()
}
