package console

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

// A stop is a signal that ends the command after it has saved its results.
type stop struct {
	signal os.Signal
	status int // 128 plus the signal's number, as in shells
	text   string
}

func (s stop) Error() string { return say.Text(s.text) }

// hangup is SIGHUP, which package syscall does not name on all systems.
const hangup = syscall.Signal(1)

// stops are the signals that end the command. The first stands for a context that was cancelled without a signal.
var stops = []stop{
	{os.Interrupt, ExitInterrupted, lang.Key("interrupted")},
	{syscall.SIGTERM, ExitTerminated, lang.Key("terminated")},
	{hangup, ExitHungUp, lang.Key("hung up")},
}

// UntilSignal is a context that is done at the first signal. A second signal kills the process. If a hangup is ignored from the
// start, as under nohup, it stays ignored. A closed output does not kill the process: writing to it returns an error.
func UntilSignal() context.Context {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	for _, s := range stops {
		if s.signal == hangup && signal.Ignored(hangup) {
			continue
		}
		signal.Notify(signals, s.signal)
	}
	go func() {
		got := <-signals
		signal.Stop(signals)
		for _, s := range stops {
			if s.signal == got {
				cancel(s)
			}
		}
	}()
	return ctx
}

// stopOf is the signal that ended a context.
func stopOf(ctx context.Context) stop {
	if s, ok := context.Cause(ctx).(stop); ok {
		return s
	}
	return stops[0]
}

// The times after a signal at which the command no longer waits for a training step, for the summary to be printed, and for
// files to be written. The profiles are written however long that takes, because the report can be made from them.
const (
	StepTime  = 8 * time.Second / 10
	PrintTime = StepTime + time.Second/2
	FileTime  = PrintTime + time.Second/2
)

// Later is a context that is done some time after another one, or after now if the other one is already done.
func Later(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	delayed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(after):
			cancel()
		case <-delayed.Done():
		}
	})
	return delayed, func() { stop(); cancel() }
}

// A crash is the error of work that panicked.
type crash struct {
	cause any
	stack []byte
}

func (c *crash) Error() string { return say.Sprintf("internal error: %v", c.cause) }

// Await returns the result of work, or the error of ctx as soon as ctx is done, or a [crash] if work panics. The work then goes on until the command ends,
// so it must not write to shared variables.
func Await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if cause := recover(); cause != nil {
				o = outcome{err: &crash{cause, debug.Stack()}}
			}
			done <- o
		}()
		o.value, o.err = work()
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// AwaitDone is await for work without a result.
func AwaitDone(ctx context.Context, work func() error) error {
	_, err := Await(ctx, func() (struct{}, error) { return struct{}{}, work() })
	return err
}
