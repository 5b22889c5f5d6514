package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gradflow/gradflow/internal/lang"
)

// A stop is a signal that ends the command in good order.
type stop struct {
	signal os.Signal
	status int // 128 and the signal's number, as shells have it
	text   string
}

func (s stop) Error() string { return say.Text(s.text) }

// hangup is SIGHUP, which some systems have no name for.
const hangup = syscall.Signal(1)

// stops are the signals. The first is what a context without a signal is taken for.
var stops = []stop{
	{os.Interrupt, exitInterrupted, lang.Key("interrupted")},
	{syscall.SIGTERM, exitTerminated, lang.Key("terminated")},
	{hangup, exitHungUp, lang.Key("hung up")},
}

// untilSignal is done at the first signal. A second one kills. A hangup that is ignored from the start, as by nohup, stays so.
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

// After a signal a step of training has one second to end, files have half a second more, and what is printed another half.
// The profiles, which the run was for, are written however long that takes.
const (
	stepTime  = time.Second
	fileTime  = stepTime + time.Second/2
	printTime = time.Second / 2
)

// later is a context that is done some time after another, or after now if the other is done already.
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

// await is the result of work, or the error of ctx as soon as that is done. The work then goes on for nobody, until the
// command ends, so it must not change what is used elsewhere.
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
