package live

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// fixed is a source of a fixed profile.
type fixed struct{ profile vanishing.Profile }

func (f *fixed) Profile() vanishing.Profile { return f.profile }

// A house is a server and a client of it.
type house struct {
	*Server
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	client *http.Client
}

// start starts a server on a port.
func start(t testing.TB) *house {
	t.Helper()
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return visit(t, s, (&net.Dialer{}).DialContext)
}

// open starts a server on pipes, for tests with simulated time, which do not depend on the speed of the machine.
func open(t testing.TB) *house {
	t.Helper()
	s := &Server{url: "http://127.0.0.1"}
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	s.serve(l)
	return visit(t, s, l.dial)
}

func visit(t testing.TB, s *Server, dial func(context.Context, string, string) (net.Conn, error)) *house {
	transport := &http.Transport{DialContext: dial, DisableCompression: true, MaxIdleConnsPerHost: maxConnections}
	t.Cleanup(func() {
		s.Close()
		transport.CloseIdleConnections()
	})
	return &house{s, dial, &http.Client{Transport: transport}}
}

// pipes are a listener without a network. A pipe has no buffer: a writer waits for the reader.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// step makes a follower see one step of a run, as if the last one were long ago.
func step(t testing.TB, f *follower) {
	t.Helper()
	f.due = time.Time{}
	if err := f.AfterStep(oneStep); err != nil {
		t.Fatal(err)
	}
}

// oneStep is a step of a run with a batch of two samples.
var oneStep = &train.Run{Steps: 100, Program: &graph.Program{
	Input: gorgonia.NewMatrix(gorgonia.NewGraph(), tensor.Float32, gorgonia.WithShape(2, 1), gorgonia.WithName("x")),
}}

// begin makes a server follow a source.
func begin(t testing.TB, s *Server, source Source) *follower {
	t.Helper()
	f := s.Follow(source).(*follower)
	if err := f.Begin(nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// An event is one event of the stream.
type event struct{ id, name, data string }

// watch reads a server's events until the test ends.
func watch(t testing.TB, s *house, last string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "GET", s.URL()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("the events are of type %q", kind)
	}
	events := make(chan event, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(events)
		defer response.Body.Close()
		readEvents(response.Body, events)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return events
}

func readEvents(r io.Reader, events chan<- event) {
	lines := bufio.NewReader(r)
	var e event
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); key {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				events <- e
			}
			e = event{}
		}
	}
}

// next is the next event.
func next(t testing.TB, events <-chan event) event {
	t.Helper()
	select {
	case e, open := <-events:
		if !open {
			t.Fatal("the stream of events has ended")
		}
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event came")
	}
	panic("not reached")
}

// sent are the parts of an event that tests read.
type sent struct {
	Finished bool
	Page     struct {
		Runs []struct {
			Name    string
			Verdict string
			Records int
			Norms   struct{ Steps []int }
		}
	}
}

func decode(t testing.TB, e event) sent {
	t.Helper()
	var m sent
	if err := json.Unmarshal([]byte(e.data), &m); err != nil {
		t.Fatalf("%v in %.200q", err, e.data)
	}
	return m
}

// until waits for an event with the expected content.
func until(t testing.TB, events <-chan event, want func(sent) bool) (event, sent) {
	t.Helper()
	for {
		e := next(t, events)
		if m := decode(t, e); want(m) {
			return e, m
		}
	}
}
