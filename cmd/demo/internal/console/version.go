package console

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
	"github.com/gradflow/gradflow/internal/printable"
)

// versionCommand is demo version.
func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: say.Text("print the version, the kernels in use, and why"),
		Description: say.Text(`The kernels suit the processor. In the environment, GRADFLOW_BLAS=go or openblas chooses the matrix products, and
GRADFLOW_CPU=avx2 or portable the kernels of older processors.

Examples:
  demo version
  GRADFLOW_BLAS=openblas demo version

Exit status:
  0  the version was printed
  2  a mistake in the command line`),
		Action: func(_ context.Context, cmd *cli.Command) error {
			printVersion(cmd.Writer)
			return nil
		},
	}
}

// Version is the version of the program.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "gradflow " + info.Main.Version
	}
	return "gradflow"
}

// printVersion prints the version of the program and the kernels in use.
func printVersion(w io.Writer) {
	products := kernel.Products()
	fmt.Fprintf(w, "%s, %s, %s/%s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	say.Fprintf(w, "matrix products: %s\n            why: %s\n", products.Name, products.Why)
	say.Fprintf(w, "other kernels:   %s\n", kernel.Kernels())
	say.Fprintf(w, "cores in use:    %d of %d\n", pool.Workers(), runtime.NumCPU())
	ReportSettings(printable.Writer{W: w})
}
