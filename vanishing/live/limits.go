package live

import (
	"net/http"
	"time"
)

// What a server gives its clients, so that none of them, and not all together, cost a run more than a few hundredths of its
// time. The documentation of the package tells users of these numbers.
const (
	maxConnections = 64
	maxViewers     = 32               // of events
	maxDownloads   = 4                // of /profile.json at a time
	fairDownload   = 5 * time.Second  // that a download has, before another one may take its place
	patience       = 10 * time.Second // with a client that takes no bytes, or sends none
	slowest        = 256 << 10        // bytes a second of a long answer, after the patience
	idleTimeout    = 30 * time.Second // of a connection without a request
	maxHeader      = 16 << 10         // bytes of a request
	maxDocument    = 4 << 20          // bytes of /profile.json, about
	readBuffer     = 16 << 10         // bytes of a connection that the system holds
	writeBuffer    = 128 << 10

	// Costs, as parts of a second: so many are done in a second that these sum up to one.
	requestTime = 40 * time.Millisecond
	byteRate    = 32 << 20 // bytes a second
	connectTime = 40 * time.Millisecond
)

// newHTTP is the server of the connections.
func newHTTP(handler http.Handler, c *connections) *http.Server {
	s := &http.Server{
		Handler: handler, ConnState: c.state,
		ReadHeaderTimeout: patience / 2, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true,
	}
	s.SetKeepAlivesEnabled(false) // else a client that sends many requests at once holds a connection for as long
	return s
}

// allow extends the deadline of an answer to the time that so many bytes may take.
func allow(out *http.ResponseController, bytes int) {
	out.SetWriteDeadline(time.Now().Add(patience + time.Duration(bytes)*time.Second/slowest)) // a writer that cannot is not a connection, and not slow
}

// busy asks a client to come back.
func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, errBusy.Error(), http.StatusServiceUnavailable)
}
