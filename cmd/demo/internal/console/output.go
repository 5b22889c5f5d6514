package console

import (
	"io"
	"sync/atomic"
	"syscall"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/report"
)

// errOutputClosed is the error of an output whose reader has gone, such as head.
var errOutputClosed = errors.New("the output was closed")

// An output is the standard output. It keeps the first error, because the help and the version are printed without a check.
type output struct {
	w     io.Writer
	first atomic.Pointer[error]
}

// Write implements io.Writer. After an error it writes nothing more.
func (o *output) Write(b []byte) (int, error) {
	if err := o.err(); err != nil {
		return 0, err
	}
	n, err := o.w.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		err = errOutputClosed
	}
	if err != nil {
		o.first.CompareAndSwap(nil, &err)
	}
	return n, err
}

// err is the first error of a write.
func (o *output) err() error {
	if err := o.first.Load(); err != nil {
		return *err
	}
	return nil
}

// TextFor is report.TextFor of an output or of any other writer.
func TextFor(w io.Writer) report.Text {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	return report.TextFor(w)
}
