package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/gradflow/gradflow/internal/blas"
	"github.com/gradflow/gradflow/internal/pool"
)

// versionCommand is demo version.
func versionCommand(_ context.Context, args []string, out, log io.Writer) int {
	if len(args) > 0 {
		fmt.Fprintln(log, "demo: version takes no arguments")
		return exitUsage
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
	products := blas.Products()
	fmt.Fprintf(w, "%s, %s, %s/%s\n", name, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "matrix products: %s\n            why: %s\n", products.Name, products.Why)
	fmt.Fprintf(w, "all the rest:    %s\n", blas.Kernels())
	fmt.Fprintf(w, "cores in use:    %d of %d\n", pool.Workers(), runtime.NumCPU())
}
