package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
)

// heartbeat is the interval of comments, which keep proxies from closing the connection.
const heartbeat = 15 * time.Second

// events sends the newest data at each change. A slow viewer misses messages, but never the newest. A viewer that comes back with
// the newest data gets nothing until they change.
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
		m, wait := s.messages.newest(&s.board, s.writeMessage)
		if m.err != nil {
			v.send(fmt.Appendf(nil, "event: failure\ndata: %q\n\n", m.err))
			return
		}
		if m.id != seen && !v.send(m.data) {
			return
		}
		seen = m.id
		if wait > 0 {
			changed = nil // the board has changed already, but it is too soon for the next message
		} else {
			wait = heartbeat
		}
		select {
		case <-changed:
		case <-time.After(wait):
			if wait == heartbeat && !v.send([]byte(": still here\n\n")) {
				return
			}
		case <-closed:
			if m, _ := s.messages.newest(&s.board, s.writeMessage); m.err == nil && m.id != seen { // select may choose closed before changed
				v.send(m.data)
			}
			return
		case <-ctx.Done():
			return
		}
	}
}

// judged is the most records of a run that its diagnosis on the page uses.
const judged = 200

// writeMessage writes an event with all data of the page, in one line of JSON.
func (s *Server) writeMessage(id string, v view) ([]byte, error) {
	subjects := make([]page.Subject, len(v.profiles))
	for i, p := range v.profiles {
		subjects[i] = page.Subject{Profile: p, Diagnosis: vanishing.DiagnoseIn(s.Language, thin(p, judged))}
	}
	data, err := page.Data(subjects, page.Brief)
	if err != nil {
		return nil, err
	}
	running, err := json.Marshal(append([]progress{}, v.progress...))
	return fmt.Appendf(nil, "id: %s\nevent: data\ndata: {\"finished\":%t,\"begun\":%d,\"planned\":%d,\"progress\":%s,\"page\":%s}\n\n",
		id, v.finished, v.begun, v.planned, running, data), errors.Wrap(err, "live: progress")
}

// A viewer is a client that reads events.
type viewer struct {
	ctx context.Context // ends when the viewer is dropped
	w   http.ResponseWriter
	out *http.ResponseController
}

// send writes a message and tells whether it succeeded.
func (v viewer) send(message []byte) bool {
	allow(v.out, 0)
	if v.ctx.Err() != nil { // checked after allow, which would undo the deadline that drop sets
		return false
	}
	if _, err := v.w.Write(message); err != nil {
		return false
	}
	return v.out.Flush() == nil
}
