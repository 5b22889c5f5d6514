package files

import (
	"bytes"

	"github.com/pkg/errors"
)

// ErrGzip is the error of a file that is gzipped where it must not be.
var ErrGzip = errors.New("got a gzipped file, want it unpacked (as by gunzip)")

// IsGzip reports whether a file that begins so is gzipped.
func IsGzip(start []byte) bool { return bytes.HasPrefix(start, []byte("\x1f\x8b")) }
