// Command demo trains deep networks on real images and shows what becomes of their gradients.
//
//	go run ./cmd/demo            the four networks
//	go run ./cmd/demo -h         all flags and commands
//	go run ./cmd/demo train      one network, with -serve on a live page
//	go run ./cmd/demo check      whether a network is healthy, by the exit status
//	go run ./cmd/demo report     reports of recorded profiles
//	go run ./cmd/demo compare    recorded profiles side by side
//	go run ./cmd/demo structure  what a network is made of
//	go run ./cmd/demo graph      the graph of a network, and how it is compiled
//	go run ./cmd/demo version    what it computes with, and why
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
)

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], os.Stdout, os.Stderr))
}

// The exit statuses of the command. Of demo check, which tells by its status what it found, see there.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitHungUp      = 129
	exitInterrupted = 130
	exitTerminated  = 143
)

// commands are the words that may come first.
var commands = []struct {
	name string
	run  func(ctx context.Context, args []string, out, log io.Writer) int
}{
	{"train", trainCommand}, {"check", checkCommand}, {"report", reportCommand}, {"compare", compareCommand},
	{"structure", structureCommand}, {"graph", graphCommand}, {"version", versionCommand},
}

// run is the whole command: results go to out, progress and errors to log.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	log = printable.Writer{W: log} // the command line may hold anything
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return demoCommand(ctx, args, out, log)
	}
	var names []string
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out, log)
		}
		names = append(names, c.name)
	}
	fmt.Fprintf(log, "demo: there is no command %q; there are %s, and demo without any. Flags begin with a dash: demo -h\n",
		args[0], strings.Join(names, ", "))
	return exitUsage
}

// demoCommand is demo without a command.
func demoCommand(ctx context.Context, args []string, out, log io.Writer) int {
	o, err := parse(args, log)
	if err != nil {
		return usageStatus(err)
	}
	return status(ctx, demo(ctx, o, out, log), log)
}

// usageStatus is the exit status after an error of the command line, which has been printed, or after help.
func usageStatus(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	return exitUsage
}

// status prints the errors of the work and gives the exit status. That of a signal counts unless something failed.
func status(ctx context.Context, err error, log io.Writer) int {
	failed := false
	for _, e := range joined(err) {
		_, told := e.(*unsaved)
		canceled := errors.Is(e, context.Canceled)
		if told || !canceled {
			complain(log, e)
		}
		failed = failed || !canceled
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(log, "demo: %v\n", stopOf(ctx))
	}
	switch {
	case failed:
		return exitFailure
	case err != nil:
		return stopOf(ctx).status
	}
	return exitOK
}

// joined lists the errors that an error was joined of.
func joined(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var list []error
	for _, e := range several.Unwrap() {
		list = append(list, joined(e)...)
	}
	return list
}

// complain prints an error in one line: names of files and pieces of them in it are no lines of the command's own.
func complain(log io.Writer, err error) { fmt.Fprintf(log, "demo: %s\n", printable.Text(err.Error())) }
