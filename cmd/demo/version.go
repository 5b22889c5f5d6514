package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

const versionUsage = `demo version tells what the command computes with, and why: the kernels suit the processor.

  go run ./cmd/demo version
  GRADFLOW_BLAS=openblas go run ./cmd/demo version

GRADFLOW_BLAS=go or openblas chooses the matrix products, and GRADFLOW_CPU=avx2 or portable lesser kernels.
`

// versionCommand is demo version.
func versionCommand(_ context.Context, args []string, out, log io.Writer) int {
	f := newFlags("demo version", versionUsage, log)
	if err := read(f, args, func() error {
		if f.NArg() > 0 {
			return errors.Errorf("version takes no arguments: got %q", f.Arg(0))
		}
		return nil
	}); err != nil {
		return usageStatus(err)
	}
	version(out)
	return exitOK
}

// version tells what the program is made of and what it computes with.
func version(w io.Writer) {
	name := "gradflow"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		name += " " + info.Main.Version
	}
	products := kernel.Products()
	fmt.Fprintf(w, "%s, %s, %s/%s\n", name, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "matrix products: %s\n            why: %s\n", products.Name, products.Why)
	fmt.Fprintf(w, "all the rest:    %s\n", kernel.Kernels())
	fmt.Fprintf(w, "cores in use:    %d of %d\n", pool.Workers(), runtime.NumCPU())
}
