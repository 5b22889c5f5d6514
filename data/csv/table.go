package csv

import (
	"bufio"
	stdcsv "encoding/csv"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
)

// A table reads the records of a file one after the other.
type table struct {
	name    string // of the file, in errors
	csv     *stdcsv.Reader
	limited *recordReader // what csv reads
	header  []string
	fields  map[string]int // the header's fields by name
	record  []string       // the current one; the next overwrites it
	closer  io.Closer
}

// openFile opens a file and reads its header. It takes no pipes: a table is read several times. [Schema.Parse] reads one once.
func openFile(path string, comma rune) (*table, error) {
	if err := files.CheckRegular(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := newTable(file, path, comma)
	if err != nil {
		file.Close()
		return nil, err
	}
	t.closer = file
	return t, nil
}

func newTable(r io.Reader, name string, comma rune) (*table, error) {
	limited := &recordReader{r: r, left: maxRecord}
	buffered := bufio.NewReader(limited)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		buffered.Discard(len(mark))
	}
	t := &table{name: name, csv: stdcsv.NewReader(buffered), limited: limited}
	t.csv.FieldsPerRecord, t.csv.ReuseRecord = -1, true
	if comma != 0 {
		t.csv.Comma = comma
	}
	more, err := t.next()
	if err != nil {
		return nil, err
	}
	if !more {
		return nil, errors.Errorf("%s: got no header, want a first line with the names of the columns", name)
	}
	t.header, t.fields = slices.Clone(t.record), make(map[string]int, len(t.record))
	for i, column := range t.header {
		if _, twice := t.fields[column]; twice {
			return nil, errors.Errorf("%s: got the column %q twice in the header, want each name once", t.at(i), column)
		}
		t.fields[column] = i
	}
	return t, nil
}

func (t *table) close() {
	if t.closer != nil {
		t.closer.Close()
	}
}

// next reads a record; it is false at the end of the file.
func (t *table) next() (bool, error) {
	t.limited.begin()
	begin := t.csv.InputOffset()
	record, err := t.csv.Read()
	if err == io.EOF {
		return false, nil
	}
	if err == errLong {
		return false, errors.Errorf("%s, byte %d: %v", t.name, begin, err)
	}
	if err != nil {
		return false, t.mend(err)
	}
	for i, field := range record {
		record[i] = strings.TrimSpace(field)
	}
	if t.record = record; t.header != nil && len(record) != len(t.header) {
		return false, errors.Errorf("%s: got %d fields, want %d, as in the header%s", t.at(0), len(record), len(t.header), t.hint())
	}
	return true, nil
}

// hint guesses at another separator.
func (t *table) hint() string {
	if len(t.header) == 1 && strings.ContainsAny(t.header[0], ";\t|") {
		return " (set Options.Comma if the fields are separated by something else)"
	}
	return ""
}

// field is the field of a column; -1 if there is none.
func (t *table) field(column string) int {
	if i, has := t.fields[column]; has {
		return i
	}
	return -1
}

// at is the place of a field of the current record.
func (t *table) at(field int) string {
	line, column := t.csv.FieldPos(field)
	return place(t.name, line, column)
}

// mend turns an error of encoding/csv into one of ours.
func (t *table) mend(err error) error {
	parse, ok := err.(*stdcsv.ParseError)
	if !ok {
		return errors.Wrap(err, t.name)
	}
	where := place(t.name, parse.Line, parse.Column)
	switch parse.Err {
	case stdcsv.ErrBareQuote:
		return errors.Errorf("%s: got a quotation mark in a field without quotation marks, want the field quoted and the mark doubled", where)
	case stdcsv.ErrQuote:
		return errors.Errorf("%s: got a quoted field that does not end as one, want a quotation mark and a separator (double the marks inside)", where)
	}
	return errors.Wrap(parse.Err, where)
}
