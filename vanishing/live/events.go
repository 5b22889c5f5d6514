package live

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
)

// heartbeat is how often a comment is sent, for what is between server and viewer to keep the connection.
const heartbeat = 15 * time.Second

// events sends the newest data whenever they have changed. A viewer that is slow misses messages and not the newest; one
// that comes back, and has the newest, is sent nothing until there is something newer.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	ctx, drop := context.WithCancel(r.Context())
	defer drop()
	v := viewer{ctx, w, http.NewResponseController(w)}
	leave, _ := s.viewers.enter(maxViewers, 0, func() {
		drop()
		v.out.SetWriteDeadline(time.Unix(1, 0))
	})
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	if !v.send([]byte("retry: 500\n\n")) || r.Method == http.MethodHead {
		return
	}
	seen := r.Header.Get("Last-Event-ID")
	for {
		changed, closed := s.board.news()
		m, again := s.messages.newest(&s.board, s.writeMessage)
		if m.err != nil {
			v.send(fmt.Appendf(nil, "event: failure\ndata: %q\n\n", m.err))
			return
		}
		if m.id != seen && !v.send(m.data) {
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
			if again == heartbeat && !v.send([]byte(": still here\n\n")) {
				return
			}
		case <-closed:
			if m, _ := s.messages.newest(&s.board, s.writeMessage); m.err == nil && m.id != seen { // the last state, which the news may have overtaken
				v.send(m.data)
			}
			return
		case <-ctx.Done():
			return
		}
	}
}

// judged is how many records of a run its diagnosis on the page rests on.
const judged = 200

// writeMessage writes an event with all that the page shows, in one line of JSON.
func (s *Server) writeMessage(id string, profiles []vanishing.Profile, finished bool) ([]byte, error) {
	subjects := make([]page.Subject, len(profiles))
	for i, p := range profiles {
		subjects[i] = page.Subject{Profile: p, Diagnosis: vanishing.DiagnoseIn(s.Language, thin(p, judged))}
	}
	data, err := page.Data(subjects, page.Brief)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "id: %s\nevent: data\ndata: {\"finished\":%t,\"page\":%s}\n\n", id, finished, data), nil
}

// A viewer is who reads the events.
type viewer struct {
	ctx context.Context // ends when the viewer is dropped
	w   http.ResponseWriter
	out *http.ResponseController
}

// send writes a message, and tells whether the viewer took it.
func (v viewer) send(message []byte) bool {
	allow(v.out, 0)
	if v.ctx.Err() != nil { // asked after the deadline is set, which dropping sets as well
		return false
	}
	if _, err := v.w.Write(message); err != nil {
		return false
	}
	return v.out.Flush() == nil
}
