//go:build !amd64

package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

func run[T kernel.Float](_ *kernel.Flushed, s step, v *vectors[T], n int) { portable(s, v, n) }
