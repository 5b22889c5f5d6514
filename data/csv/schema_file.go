package csv

import (
	"encoding/json"
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
)

// maxSchema bounds the file of a schema; its categories are most of it.
const maxSchema = 1 << 26

// Save writes the schema to a JSON file, whole or not at all. A model that was trained on a table needs it to read other tables.
func (s *Schema) Save(path string) error {
	err := files.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(s)
	})
	return errors.Wrap(err, "csv: saving the schema")
}

// LoadSchema reads a schema that was saved.
func LoadSchema(path string) (*Schema, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "csv: loading the schema")
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxSchema))
	d.DisallowUnknownFields()
	s := new(Schema)
	if err := d.Decode(s); err != nil {
		return nil, errors.Wrapf(err, "csv: loading the schema %s", path)
	}
	return s, errors.Wrapf(s.validate(), "csv: %s", path)
}
