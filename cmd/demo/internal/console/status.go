package console

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train/dist/mpi"
)

// The exit statuses of the command. Those of demo check are in package profiles.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2
	ExitHungUp      = 129
	ExitInterrupted = 130
	ExitClosed      = 141 // 128 plus the number of SIGPIPE
	ExitTerminated  = 143
)

// An Exit is an exit status whose reason has been printed.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exitStatus prints the error of a command, unless it has been printed, and returns the exit status.
func exitStatus(ctx context.Context, err error, log io.Writer) int {
	var printed Exit
	var wrong *Mistake
	switch {
	case errors.As(err, &printed):
		return int(printed)
	case errors.As(err, &wrong):
		if mpi.StartedAs() > 0 { // rank 0 has the same command line, and mpirun ends all with the first that fails
			time.Sleep(time.Second)
			return ExitUsage
		}
		wrong.print(log)
		return ExitUsage
	}
	return Status(ctx, err, log)
}

// Status prints the errors of a command and returns the exit status. A failure takes precedence over a signal, and a signal over
// a closed output, of which nothing is printed.
func Status(ctx context.Context, err error, log io.Writer) int {
	failed, closed := false, false
	for _, e := range joined(err) {
		if errors.Is(e, errOutputClosed) {
			closed = true
			continue
		}
		_, listsFiles := e.(*Unsaved)
		canceled := errors.Is(e, context.Canceled)
		if listsFiles || !canceled {
			complain(log, e)
		}
		failed = failed || !canceled
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(log, "demo: %v\n", stopOf(ctx))
	}
	switch {
	case failed:
		return ExitFailure
	case errors.Is(err, context.Canceled):
		return stopOf(ctx).status
	case closed:
		return ExitClosed
	}
	return ExitOK
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

// complain prints an error in one line: the names and contents of files that it quotes may hold line breaks.
func complain(log io.Writer, err error) {
	fmt.Fprintf(log, "demo: %s\n", printable.Text(err.Error()))
	var c *crash
	if errors.As(err, &c) {
		fmt.Fprintf(log, "%s\n%s", say.Text("This is a mistake in the program. Please report it with these lines:"), c.stack)
	}
}

// An Unsaved is an error of files that were not written.
type Unsaved struct {
	Text  string
	Cause error
}

func (u *Unsaved) Error() string { return u.Text }

func (u *Unsaved) Unwrap() error { return u.Cause }
