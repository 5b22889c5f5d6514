package live

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/pkg/errors"
)

// A Server shows runs in browsers. The zero value is ready: it listens on a free port of the loopback interface. It is also an
// http.Handler: within another server it need not be started.
type Server struct {
	// Address is where to listen, as "127.0.0.1:8080"; empty means "127.0.0.1:0", a free port that only this machine can reach.
	Address string
	// Public allows an address that other machines can reach. Everyone who can reach it can see the runs.
	Public bool
	// Hosts are the host names of the server, besides "localhost" and IP addresses. See [Server.ServeHTTP].
	Hosts []string
	// Language is the language of the page.
	Language vanishing.Language

	board     board
	messages  cache // of events
	documents cache // of /profile.json
	pace      pacer // of requests
	viewers   slots // of events
	downloads slots // of /profile.json
	open      connections

	http   *http.Server
	url    string
	served chan error // the error that the server ended with

	closing  sync.Once
	closeErr error
}

// Expect sets the number of runs to come. Until so many have ended the page does not call itself finished. Without it, it does so
// when all runs that have begun have ended.
func (s *Server) Expect(runs int) { s.board.expect(runs) }

// Start begins to serve and returns immediately.
func (s *Server) Start() error {
	if s.http != nil {
		return errors.New("live: start: got a server that was started before, want a new one")
	}
	listener, err := s.listen()
	if err != nil {
		return err
	}
	s.url = "http://" + listener.Addr().String()
	s.serve(listener)
	return nil
}

// serve begins to serve a listener.
func (s *Server) serve(listener net.Listener) {
	s.http = newHTTP(s, &s.open)
	s.served = make(chan error, 1)
	go func() { s.served <- s.http.Serve(listener) }()
}

func (s *Server) listen() (net.Listener, error) {
	address := cmp.Or(s.Address, "127.0.0.1:0")
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, errors.Wrapf(err, "live: address: got %q, want one such as 127.0.0.1:8080", address)
	}
	if !s.Public && !resolved.IP.IsLoopback() {
		return nil, errors.Errorf("live: address: got %q, which other machines can reach, want one such as 127.0.0.1:8080 (or set Server.Public)", address)
	}
	config := net.ListenConfig{KeepAlive: -1} // deadlines end dead connections earlier
	listener, err := config.Listen(context.Background(), "tcp", resolved.String())
	if err != nil {
		return nil, errors.Wrapf(err, "live: listen on %s", address)
	}
	if err := boundSocket(listener.(*net.TCPListener)); err != nil {
		listener.Close()
		return nil, errors.Wrapf(err, "live: listen on %s", address)
	}
	return listener, nil
}

// URL is the page's address; empty before Start.
func (s *Server) URL() string { return s.url }

// Close ends the server. It finishes the answers in progress, for a second at most, and ends those of waiting viewers
// immediately. The browsers of viewers keep reconnecting, and find a later server at the same address.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.board.close()
		if s.http != nil {
			s.closeErr = errors.Wrap(s.shutdown(), "live: close")
		}
	})
	return s.closeErr
}

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if served := <-s.served; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	return err
}

var _ http.Handler = (*Server)(nil)
