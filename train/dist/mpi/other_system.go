//go:build !((linux || darwin) && (amd64 || arm64)) || noopenblas

package mpi

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/dist"
)

func connect() (dist.Comm, error) {
	return nil, errNotHere(errors.New("this build can load no C library (it needs Linux or macOS on amd64 or arm64, and no build tag noopenblas)"))
}
