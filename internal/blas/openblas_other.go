//go:build !((linux || darwin) && (amd64 || arm64))

package blas

import (
	"unsafe"

	"github.com/pkg/errors"
)

// There is no way to open a library on this system.
type openBLAS struct{ name, config string }

func openOpenBLAS() (*openBLAS, error) {
	return nil, errors.New("blas: OpenBLAS cannot be looked for on this system")
}

func (*openBLAS) compute(unsafe.Pointer, bool, int, int, int, int) {}
