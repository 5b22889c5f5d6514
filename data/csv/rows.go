package csv

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// Rows are the values of records, as the columns of a dataset.
type rows struct {
	*Schema
	table     *table
	positions []int // of the schema's columns
	numbers   []map[string]int
	labelled  bool // the file has the targets

	n       int
	x, y    floats
	classes []int   // of a target with categories
	indices [][]int // of the Index inputs, by column of the schema
}

func (s *Schema) newRows(t *table) (*rows, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	positions, err := s.positions(t)
	if err != nil {
		return nil, err
	}
	r := &rows{Schema: s, table: t, positions: positions, numbers: make([]map[string]int, len(s.Columns))}
	for i, c := range s.Columns {
		if c.Target && positions[i] >= 0 {
			r.labelled = true
		}
		r.numbers[i] = make(map[string]int, len(c.Categories))
		for k, category := range c.Categories {
			r.numbers[i][category] = k
		}
	}
	r.clear()
	return r, nil
}

// clear begins new tensors; those that were taken keep their memory.
func (r *rows) clear() {
	r.n, r.classes, r.indices = 0, nil, make([][]int, len(r.Columns))
	r.x, r.y = floats{double: r.Double}, floats{double: r.Double}
}

// read adds up to n more rows, all if n is 0. It is false when the file has ended.
func (r *rows) read(n int) (more bool, err error) {
	for n == 0 || r.n < n {
		if more, err = r.table.next(); !more || err != nil {
			return false, err
		}
		if err := r.add(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// add takes the current record.
func (r *rows) add() error {
	for i, c := range r.Columns {
		field := r.positions[i]
		if field < 0 || !r.missing(r.table.record[field]) {
			continue
		}
		if r.Missing == Drop {
			return nil
		}
		if r.Missing != Fill || c.Target {
			return r.refuse(r.table, c, field)
		}
	}
	for i, c := range r.Columns {
		if r.positions[i] < 0 {
			continue
		}
		if err := r.addField(i, c); err != nil {
			return err
		}
	}
	r.n++
	return nil
}

func (r *rows) addField(i int, c Column) error {
	text := r.table.record[r.positions[i]]
	to := &r.x
	if c.Target {
		to = &r.y
	}
	missing := r.missing(text)
	if c.Kind == Numeric {
		v := c.Mean
		if !missing {
			var want string
			if v, want = number(text, r.Double); want != "" {
				return r.wrong(i, text, want)
			}
		}
		to.add(v)
		return nil
	}
	if missing {
		text = ""
	}
	k, known := r.numbers[i][text]
	if !known {
		return r.wrong(i, text, "one of the categories "+quoted(c.Categories))
	}
	switch {
	case c.Kind == OneHot:
		for j := range c.Categories {
			to.add(float64(b2i(j == k)))
		}
	case c.Target:
		r.classes = append(r.classes, k)
	default:
		r.indices[i] = append(r.indices[i], k)
	}
	return nil
}

func (r *rows) wrong(i int, got, want string) error {
	return errors.Errorf("%s: column %q: got %q, want %s", r.table.at(r.positions[i]), r.Columns[i].Name, got, want)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// dataset is the rows so far.
func (r *rows) dataset() (*data.Dataset, error) {
	if r.n == 0 {
		return nil, errors.Errorf("%s: got no row%s, want at least one", r.table.name, r.exceptDropped())
	}
	ds := &data.Dataset{X: r.x.tensor(r.n)}
	if r.labelled {
		ds.Classes = slices.Clone(r.Classes())
		if ds.Y = r.y.tensor(r.n); r.classes != nil {
			ds.Y = tensor.New(tensor.WithShape(r.n), tensor.WithBacking(r.classes))
		}
	}
	for i, list := range r.indices {
		if list != nil {
			ds.Columns = append(ds.Columns, data.Column{Name: r.Columns[i].Name, Values: tensor.New(tensor.WithShape(r.n), tensor.WithBacking(list))})
		}
	}
	return ds, nil
}

// floats is a growing list of one of two types.
type floats struct {
	double bool
	single []float32
	wide   []float64
}

func (f *floats) add(v float64) {
	if f.double {
		f.wide = append(f.wide, v)
	} else {
		f.single = append(f.single, float32(v))
	}
}

// tensor is the list as n rows; nil if it is empty.
func (f *floats) tensor(n int) *tensor.Dense {
	if f.double && len(f.wide) > 0 {
		return tensor.New(tensor.WithShape(n, len(f.wide)/n), tensor.WithBacking(f.wide))
	}
	if len(f.single) > 0 {
		return tensor.New(tensor.WithShape(n, len(f.single)/n), tensor.WithBacking(f.single))
	}
	return nil
}
