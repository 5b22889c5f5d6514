package live

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// A door bounds the connections of a server, and how many are opened in a second. When there are as many as may be, a new
// one takes the place of the one that has waited longest without a request, or else of the oldest: nobody is kept out by
// connections that do nothing. The zero value is ready.
type door struct {
	pace pacer
	mu   sync.Mutex
	open map[net.Conn]guest
}

// A guest is an open connection.
type guest struct {
	waiting bool // for a request
	since   time.Time
}

// state is told of every change of a connection, by [http.Server.ConnState]. A new connection is told of before the next one
// is accepted.
func (d *door) state(c net.Conn, state http.ConnState) {
	if state == http.StateNew {
		d.pace.wait(context.Background(), connectTime) // one at a time, so never busy
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if state == http.StateNew {
		d.enter(c)
		return
	}
	if _, ok := d.open[c]; !ok {
		return // it was dropped
	}
	switch state {
	case http.StateActive, http.StateIdle:
		d.open[c] = guest{state == http.StateIdle, time.Now()}
	case http.StateClosed, http.StateHijacked:
		delete(d.open, c)
	}
}

// enter takes a connection in.
func (d *door) enter(c net.Conn) {
	if d.open == nil {
		d.open = make(map[net.Conn]guest)
	}
	if len(d.open) >= maxConnections {
		oldest := d.oldest()
		delete(d.open, oldest)
		oldest.Close()
	}
	d.open[c] = guest{true, time.Now()}
}

// oldest is the connection to drop.
func (d *door) oldest() net.Conn {
	var oldest net.Conn
	var first guest
	for c, g := range d.open {
		if oldest == nil || g.waiting && !first.waiting || g.waiting == first.waiting && g.since.Before(first.since) {
			oldest, first = c, g
		}
	}
	return oldest
}
