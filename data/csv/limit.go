package csv

import (
	"io"

	"github.com/pkg/errors"
)

// maxRecord bounds the bytes of a record, which is kept in memory while it is read. A file without line breaks, or with a quotation mark that
// nothing closes, has one record without end.
const maxRecord = 64 << 20

// errLong is the error of a record of more than maxRecord bytes.
var errLong = errors.Errorf("got a record of more than %d bytes, want at most as many (is it a CSV file, and is every quotation mark closed?)", maxRecord)

// A recordReader gives at most maxRecord bytes for each record, and an error after them.
type recordReader struct {
	r    io.Reader
	left int64 // of the current record
}

// begin begins a record.
func (l *recordReader) begin() { l.left = maxRecord }

// Read implements io.Reader.
func (l *recordReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
