//go:build noopenblas || !((linux || darwin) && (amd64 || arm64))

package openblas

import "github.com/pkg/errors"

// A Library is never created in this build.
type Library struct{ Name, Config string }

// Open returns the error that says why the library cannot be loaded.
func Open() (*Library, error) { return nil, errors.New("openblas: " + Missing) }

// A Call computes nothing in this build.
type Call[T float32 | float64] struct{}

// Run does nothing.
func (*Call[T]) Run(*Library, bool, bool, int, int, int, T, *T, int, *T, int, T, *T, int) {}
