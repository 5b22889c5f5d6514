package csv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// A Schema is what was learnt of a table. See the package's text. It must not change while it is used.
type Schema struct {
	// Columns are the inputs in the order of the header, then the targets in the order of Options.Targets.
	Columns []Column `json:"columns"`
	// Missing and MissingTexts are those of Options.
	Missing      Missing  `json:"missing,omitempty"`
	MissingTexts []string `json:"missing_texts"`
	// Comma separates fields; "" means ",".
	Comma string `json:"comma,omitempty"`
	// Double makes the numbers float64, and not float32.
	Double bool `json:"double,omitempty"`
}

// A Column describes one column of a table.
type Column struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Target bool   `json:"target,omitempty"`
	// Categories are the texts of a column that is not Numeric, by their numbers: sorted, as numbers if all are numbers.
	Categories []string `json:"categories,omitempty"`
	// Mean replaces a missing number under [Fill].
	Mean float64 `json:"mean,omitempty"`
}

// Features names the columns of X: the name of a column of numbers, and "name=category" for each column of a one-hot column.
func (s *Schema) Features() []string {
	var names []string
	for _, c := range s.Columns {
		if !c.Target {
			names = append(names, c.features()...)
		}
	}
	return names
}

// features are the columns that a column becomes in X or Y.
func (c Column) features() (names []string) {
	switch c.Kind {
	case Numeric:
		return []string{c.Name}
	case OneHot:
		for _, category := range c.Categories {
			names = append(names, c.Name+"="+category)
		}
	}
	return names
}

// Classes are the categories of the target; nil if it holds numbers.
func (s *Schema) Classes() []string {
	for _, c := range s.Columns {
		if c.Target && c.Kind != Numeric {
			return c.Categories
		}
	}
	return nil
}

func (s *Schema) comma() rune {
	for _, r := range s.Comma {
		return r
	}
	return 0
}

// missing tells whether a text stands for a missing value.
func (s *Schema) missing(text string) bool { return slices.Contains(s.MissingTexts, text) }

// validate finds what a schema that was changed, or read from a file, cannot be.
func (s *Schema) validate() error {
	targets, classes := 0, 0
	seen := make(map[string]bool, len(s.Columns))
	for _, c := range s.Columns {
		if seen[c.Name] {
			return errors.Errorf("schema: got two columns %q, want each name once", c.Name)
		}
		seen[c.Name] = true
		switch c.Kind {
		case Numeric, OneHot, Index:
		default:
			return errors.Errorf("schema: kind of column %q: got %q, want %q, %q or %q", c.Name, c.Kind, Numeric, OneHot, Index)
		}
		if c.Kind != Numeric && len(c.Categories) == 0 {
			return errors.Errorf("schema: column %q: got no categories, want at least one", c.Name)
		}
		if c.Target {
			targets++
			if c.Kind != Numeric {
				classes++
			}
		}
	}
	if classes > 0 && targets > 1 {
		return errors.Errorf("targets: got %d columns, of which %d hold categories, want one column of categories, or columns of numbers "+
			"alone (read the others as inputs, and name them in train.Trainer.Losses)", targets, classes)
	}
	if targets == len(s.Columns) {
		return errors.Errorf("got no input among %d columns, want at least one column that is neither a target nor ignored", targets)
	}
	return nil
}

// positions are the fields of the columns in a file with this header; -1 for all targets in a file that has none of them.
func (s *Schema) positions(t *table) ([]int, error) {
	list := make([]int, len(s.Columns))
	labelled := false
	for i, c := range s.Columns {
		list[i] = t.field(c.Name)
		labelled = labelled || c.Target && list[i] >= 0
	}
	var lacking []string
	for i, c := range s.Columns {
		if list[i] < 0 && (labelled || !c.Target) {
			lacking = append(lacking, c.Name)
		}
	}
	if len(lacking) > 0 {
		return nil, errors.Errorf("%s: got the columns %s, want %s too%s", place(t.name, 1, 1), quoted(t.header), quoted(lacking), t.hint())
	}
	return list, nil
}

func place(name string, line, column int) string { return fmt.Sprintf("%s:%d:%d", name, line, column) }

// quoted lists names, the first of many.
func quoted(names []string) string {
	const most = 20
	list := make([]string, 0, most+1)
	for i, name := range names {
		if i == most {
			list = append(list, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		list = append(list, fmt.Sprintf("%q", name))
	}
	return strings.Join(list, ", ")
}
