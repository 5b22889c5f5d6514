package csv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Learn reads a file once to find out what its columns hold.
func Learn(path string, o Options) (*Schema, error) {
	t, err := openFile(path, o.Comma)
	if err != nil {
		return nil, errors.Wrap(err, "csv")
	}
	defer t.close()
	s, err := learn(t, o)
	return s, errors.Wrap(err, "csv")
}

// A learner looks at one column.
type learner struct {
	Column
	given      bool // the kind is not to be found out
	field      int
	categories map[string]bool
	numbers    int
	texts      int
	missing    bool      // in some row
	first      [2]string // places and texts of the first number and the first text, for errors
}

// learn reads a table to its end.
func learn(t *table, o Options) (*Schema, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Schema{Missing: o.Missing, MissingTexts: o.missingTexts(), Double: o.Dtype == tensor.Float64}
	if o.Comma != 0 {
		s.Comma = string(o.Comma)
	}
	learners, err := newLearners(t, o)
	if err != nil {
		return nil, err
	}
	rows := 0
	for {
		more, err := t.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		used, err := s.look(t, learners, o)
		if err != nil {
			return nil, err
		}
		rows += used
	}
	if rows == 0 {
		return nil, errors.Errorf("%s: got no row%s, want at least one", t.name, s.exceptDropped())
	}
	for _, l := range learners {
		c, err := l.finish(t.name)
		if err != nil {
			return nil, err
		}
		s.Columns = append(s.Columns, c)
	}
	return s, s.validate()
}

// newLearners makes a learner for each column in use, in the order of a schema.
func newLearners(t *table, o Options) (list []*learner, err error) {
	add := func(name string, field int, target bool) {
		list = append(list, &learner{
			Column: Column{Name: name, Kind: o.Kinds[name], Target: target}, given: o.Kinds[name] != Auto,
			field: field, categories: make(map[string]bool),
		})
	}
	named := slices.Concat(o.Targets, o.Ignore)
	for field, name := range t.header {
		if !slices.Contains(named, name) {
			add(name, field, false)
		}
	}
	for _, name := range o.Targets {
		add(name, t.field(name), true)
	}
	for name := range o.Kinds {
		named = append(named, name)
	}
	slices.Sort(named)
	for _, name := range named {
		if t.field(name) < 0 {
			return nil, errors.Errorf("%s: got the columns %s, want %q, which the options name%s", place(t.name, 1, 1), quoted(t.header), name, t.hint())
		}
	}
	return list, nil
}

// look shows the current record to all learners; it gives 1, or 0 if the record is dropped.
func (s *Schema) look(t *table, learners []*learner, o Options) (int, error) {
	for _, l := range learners {
		if !s.missing(t.record[l.field]) {
			continue
		}
		if s.Missing == Drop {
			return 0, nil
		}
		if s.Missing == Refuse || l.Target {
			return 0, s.refuse(t, l.Column, l.field)
		}
	}
	for _, l := range learners {
		if err := l.look(t, s, o); err != nil {
			return 0, err
		}
	}
	return 1, nil
}

// refuse is the error of a missing value.
func (s *Schema) refuse(t *table, c Column, field int) error {
	hint := "Options.Missing drops such rows, or fills them"
	if s.Missing == Fill {
		hint = "a target cannot be filled: mend or remove the row"
	}
	return errors.Errorf("%s: column %q: got %q, want a value (%s)", t.at(field), c.Name, t.record[field], hint)
}

func (s *Schema) exceptDropped() string {
	if s.Missing == Drop {
		return " without missing values"
	}
	return ""
}

// look takes the field of one record into account.
func (l *learner) look(t *table, s *Schema, o Options) error {
	text := t.record[l.field]
	if s.missing(text) {
		l.missing = true
		return nil
	}
	v, want := 0.0, "a category"
	if l.Kind == Auto || l.Kind == Numeric {
		v, want = number(text, s.Double)
	}
	switch {
	case l.Kind == Numeric && want != "":
		return errors.Errorf("%s: column %q: got %q, want %s", t.at(l.field), l.Name, text, want)
	case want == "":
		l.numbers++
		l.Mean += (v - l.Mean) / float64(l.numbers)
		l.note(0, t)
	default:
		l.texts++
		l.categories[text] = true
		l.note(1, t)
	}
	if !l.given && l.numbers > 0 && l.texts > 0 {
		return errors.Errorf("column %q holds numbers and texts: got %s and %s, want one kind (mend the file, list the text in "+
			"Options.MissingTexts, or set Options.Kinds)", l.Name, l.first[0], l.first[1])
	}
	if oneHot := l.Kind == OneHot || !l.given && !l.Target; oneHot && len(l.categories) > o.maxCategories() {
		return errors.Errorf("%s: column %q: got more than %d categories, the last %q, want at most so many (Options.Ignore leaves the "+
			"column out, csv.Index makes it a column of numbers, Options.MaxCategories moves the bound)",
			t.at(l.field), l.Name, o.maxCategories(), text)
	}
	return nil
}

// note keeps the place of the first number or text.
func (l *learner) note(i int, t *table) {
	if l.first[i] == "" {
		l.first[i] = strconv.Quote(t.record[l.field]) + " in " + t.at(l.field)
	}
}

// finish is what was learnt of the column.
func (l *learner) finish(name string) (Column, error) {
	c := l.Column
	if c.Kind == Auto {
		switch {
		case l.numbers > 0:
			c.Kind = Numeric
		case l.Target:
			c.Kind = Index
		default:
			c.Kind = OneHot
		}
	}
	if l.numbers+l.texts == 0 {
		return c, errors.Errorf("%s: column %q: got no value in any row, want at least one (Options.Ignore leaves the column out)", name, c.Name)
	}
	if c.Kind == Numeric {
		return c, nil
	}
	if l.missing {
		l.categories[""] = true
	}
	for category := range l.categories {
		c.Categories = append(c.Categories, category)
	}
	sortCategories(c.Categories)
	return c, nil
}

// sortCategories sorts by number if all are numbers.
func sortCategories(list []string) {
	slices.Sort(list)
	values := make(map[string]float64, len(list))
	for _, text := range list {
		v, want := number(text, true)
		if want != "" {
			return
		}
		values[text] = v
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(values[a], values[b]) })
}

// number reads a finite number that float64, or float32, can hold. Otherwise it tells what is wanted; an error value for each text of
// a column would cost more than reading it.
func number(text string, double bool) (v float64, want string) {
	v, err := strconv.ParseFloat(text, 64)
	largest := math.MaxFloat32
	if double {
		largest = math.MaxFloat64
	}
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(v):
		return 0, "a number"
	case math.Abs(v) > largest:
		return 0, fmt.Sprintf("a finite number of at most %.3g", largest)
	}
	return v, ""
}
