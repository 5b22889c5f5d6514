package live

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections bounds the open connections of a server and the rate at which they are opened. At the bound a new connection
// replaces the one that has waited longest for a request, or else the oldest. Idle connections keep nobody out. The zero value
// is ready.
type connections struct {
	pace pacer
	mu   sync.Mutex
	open map[net.Conn]connection
}

// A connection is the state of an open connection.
type connection struct {
	waiting bool // for a request
	since   time.Time
}

// state is the server's [http.Server.ConnState]. The server reports a new connection before it accepts the next one, so
// waiting here slows the rate of new connections.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		c.pace.wait(context.Background(), connectTime) // one at a time, so never busy
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateNew {
		c.enter(conn)
		return
	}
	if _, ok := c.open[conn]; !ok {
		return // it was dropped
	}
	switch state {
	case http.StateActive, http.StateIdle:
		c.open[conn] = connection{state == http.StateIdle, time.Now()}
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
	}
}

// enter registers a new connection.
func (c *connections) enter(conn net.Conn) {
	if c.open == nil {
		c.open = make(map[net.Conn]connection)
	}
	if len(c.open) >= maxConnections {
		oldest := c.oldest()
		delete(c.open, oldest)
		oldest.Close()
	}
	c.open[conn] = connection{true, time.Now()}
}

// oldest is the connection to drop.
func (c *connections) oldest() net.Conn {
	var oldest net.Conn
	var first connection
	for conn, state := range c.open {
		if oldest == nil || state.waiting && !first.waiting || state.waiting == first.waiting && state.since.Before(first.since) {
			oldest, first = conn, state
		}
	}
	return oldest
}
