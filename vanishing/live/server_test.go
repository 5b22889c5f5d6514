package live

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

func TestOnlyThisMachineUnlessToldOtherwise(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"} {
		if err := (&Server{Address: address}).Start(); err == nil || !strings.Contains(err.Error(), "Public") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := (&Server{Address: "nonsense"}).Start(); err == nil {
		t.Error("an address without a port is taken")
	}
	s := &Server{Address: "0.0.0.0:0", Public: true}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestCloseEndsEverything(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err == nil {
		t.Error("a server can be started twice")
	}
	f := begin(t, s, &fixed{madeup.Sigmoid()})
	step(t, f)
	var bodies []io.Closer
	for range 5 {
		response, err := http.Get(s.URL() + "/events")
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, response.Body)
	}
	begun := time.Now()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
	step(t, f) // of a run that goes on
	for _, body := range bodies {
		body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
