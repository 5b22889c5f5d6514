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

// Lasting is an output for a command that writes files: after an error it prints nothing, but the command goes on. [Run] tells of the error.
func Lasting(w io.Writer) io.Writer {
	if o, is := w.(*output); is {
		return lasting{o}
	}
	return w
}

type lasting struct{ *output }

// Write implements io.Writer.
func (l lasting) Write(b []byte) (int, error) {
	_, _ = l.output.Write(b) // the output keeps the error
	return len(b), nil
}

// TextFor is report.TextFor of an output or of any other writer.
func TextFor(w io.Writer) report.Text {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	return report.TextFor(w)
}
