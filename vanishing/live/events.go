package live

import (
	"fmt"
	"net/http"
	"time"
)

const (
	heartbeat = 15 * time.Second // a comment, so that what is between server and viewer keeps the connection
	patience  = 10 * time.Second // with a viewer that takes no more bytes, before it is dropped
)

// events sends the newest data whenever they have changed. A viewer that is slow misses messages and not the newest; one
// that comes back, and has the newest, is sent nothing until there is something newer.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	v := viewer{w: w, out: http.NewResponseController(w)}
	if !v.send("retry: 500\n\n") || r.Method == http.MethodHead {
		return
	}
	seen := r.Header.Get("Last-Event-ID")
	for {
		changed, closed := s.board.news()
		m, again, err := s.board.newest()
		if err != nil {
			v.send("event: failure\ndata: %q\n\n", err)
			return
		}
		if m.id != seen && !v.send("id: %s\nevent: data\ndata: %s\n\n", m.id, m.data) {
			return
		}
		seen = m.id
		if again > 0 {
			changed = nil // it has, and it is too soon to say so
		} else {
			again = heartbeat
		}
		select {
		case <-changed:
		case <-time.After(again):
			if again == heartbeat && !v.send(": still here\n\n") {
				return
			}
		case <-closed:
			if m, _, err := s.board.newest(); err == nil && m.id != seen { // the last state, which the news may have overtaken
				v.send("id: %s\nevent: data\ndata: %s\n\n", m.id, m.data)
			}
			return
		case <-r.Context().Done():
			return
		}
	}
}

// A viewer is who reads the events.
type viewer struct {
	w   http.ResponseWriter
	out *http.ResponseController
}

// send writes a message, and tells whether the viewer took it.
func (v viewer) send(format string, arguments ...any) bool {
	v.out.SetWriteDeadline(time.Now().Add(patience)) // a writer that cannot is not a connection, and not slow
	if _, err := fmt.Fprintf(v.w, format, arguments...); err != nil {
		return false
	}
	return v.out.Flush() == nil
}
