// Command demo trains deep networks on real images and shows what becomes of their gradients.
//
//	go run ./cmd/demo            the four networks
//	go run ./cmd/demo -h         all flags
//	go run ./cmd/demo version    what it computes with, and why
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/pkg/errors"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal asks to stop after the step, a second one kills
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// The exit statuses of the command.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run is the whole command: results go to out, progress and errors to log.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	if len(args) == 1 && args[0] == "version" {
		version(out)
		return exitOK
	}
	o, err := parse(args, log)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		return exitUsage
	}
	err = demo(ctx, o, out, log)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(log, "demo: interrupted")
		return exitInterrupted
	}
	if err != nil {
		fmt.Fprintf(log, "demo: %v\n", err)
		return exitFailure
	}
	return exitOK
}
