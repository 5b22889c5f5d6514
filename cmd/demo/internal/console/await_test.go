package console

import (
	"context"
	"testing"
	"time"

	"github.com/pkg/errors"
)

func TestAwait(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	if got, err := Await(ctx, func() (int, error) { return 3, errors.New("an error") }); got != 3 || err == nil {
		t.Errorf("got %d, %v", got, err)
	}
	never := make(chan int)
	time.AfterFunc(time.Millisecond, cancel)
	if got, err := Await(ctx, func() (int, error) { return <-never, nil }); got != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("work without an end: got %d, %v", got, err)
	}
	begun := false
	if err := AwaitDone(ctx, func() error { begun = true; return nil }); begun || !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: begun %v, %v", begun, err)
	}
}

func TestLater(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	end, release := Later(ctx, time.Hour)
	soon, releaseSoon := Later(ctx, time.Millisecond)
	defer releaseSoon()
	if soon.Err() != nil {
		t.Error("done without the other")
	}
	cancel()
	<-soon.Done()
	if end.Err() != nil {
		t.Error("done too early")
	}
	release()
}
