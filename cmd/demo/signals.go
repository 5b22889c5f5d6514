package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

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
	{os.Interrupt, exitInterrupted, lang.Key("interrupted")},
	{syscall.SIGTERM, exitTerminated, lang.Key("terminated")},
	{hangup, exitHungUp, lang.Key("hung up")},
}

// untilSignal is a context that is done at the first signal. A second signal kills the process. If a hangup is ignored from the
// start, as under nohup, it stays ignored.
func untilSignal() context.Context {
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

// After a signal the training step may take one second to end, writing files half a second more, and printing another half.
// The profiles are written however long that takes, because the report can be made from them.
const (
	stepTime  = time.Second
	fileTime  = stepTime + time.Second/2
	printTime = time.Second / 2
)

// later is a context that is done some time after another one, or after now if the other one is already done.
func later(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
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

// await returns the result of work, or the error of ctx as soon as ctx is done. The work then goes on until the command ends,
// so it must not write to shared variables.
func await[T any](ctx context.Context, work func() (T, error)) (T, error) {
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
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// awaitDone is await for work without a result.
func awaitDone(ctx context.Context, work func() error) error {
	_, err := await(ctx, func() (struct{}, error) { return struct{}{}, work() })
	return err
}
