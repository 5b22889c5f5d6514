//go:build noopenblas || !((linux || darwin) && (amd64 || arm64))

package kernel

import (
	"unsafe"

	"github.com/pkg/errors"
)

// An openBLAS is never created in this build.
type openBLAS struct{ name, config string }

func openOpenBLAS() (*openBLAS, error) { return nil, errors.New("kernel: " + whyNoOpenBLAS) }

func (*openBLAS) compute(unsafe.Pointer, bool, int, int, int, int) {}
