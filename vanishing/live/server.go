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

// A Server shows runs in browsers. The zero value is ready: it listens on a free port of the loopback interface. It is an
// http.Handler as well, to be a part of another server; then there is no need to start it.
type Server struct {
	// Address is where to listen, as "127.0.0.1:8080"; empty means "127.0.0.1:0", a free port of this machine alone.
	Address string
	// Public allows an address that other machines can reach. Whoever can reach it can look.
	Public bool
	// Hosts are the names by which browsers may call the server, besides "localhost" and IP addresses. See [Server.ServeHTTP].
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
	served chan error // what the server ended with

	closing  sync.Once
	closeErr error
}

// Start begins to serve and comes back at once.
func (s *Server) Start() error {
	if s.http != nil {
		return errors.New("live: the server has been started already")
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
		return nil, errors.Wrapf(err, "live: address %q: give one as 127.0.0.1:8080", address)
	}
	if !s.Public && !resolved.IP.IsLoopback() {
		return nil, errors.Errorf("live: other machines can reach %q: set Server.Public if they are to, or listen on 127.0.0.1", address)
	}
	config := net.ListenConfig{KeepAlive: -1} // deadlines do more
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

// Close ends the server. Requests that are being answered are finished, for a second at most; those of viewers who wait for
// news end at once. Their browsers go on asking, so that a server at the same address has them again.
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
