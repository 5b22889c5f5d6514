package live

import (
	"net/http"
	"time"
)

// The limits of a server. They keep the cost of all clients together to a few hundredths of a run's time. The documentation of
// the package lists these numbers.
const (
	maxConnections = 64
	maxViewers     = 32               // of events
	maxDownloads   = 4                // of /profile.json at a time
	fairDownload   = 5 * time.Second  // before another download may replace one
	patience       = 10 * time.Second // with a client that takes no bytes, or sends none
	slowest        = 256 << 10        // bytes a second of a long answer, after the patience
	idleTimeout    = 30 * time.Second // of a connection without a request
	maxHeader      = 16 << 10         // bytes of a request
	maxDocument    = 4 << 20          // bytes of /profile.json, about
	readBuffer     = 16 << 10         // bytes of a connection that the system holds
	writeBuffer    = 128 << 10

	// The costs of work, as shares of a second: see pacer.
	requestTime = 40 * time.Millisecond
	byteRate    = 32 << 20 // bytes a second
	connectTime = 40 * time.Millisecond
)

// newHTTP returns a server with the limits.
func newHTTP(handler http.Handler, c *connections) *http.Server {
	s := &http.Server{
		Handler: handler, ConnState: c.state,
		ReadHeaderTimeout: patience / 2, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true,
	}
	s.SetKeepAlivesEnabled(false) // else a client with many pipelined requests holds its connection until all are answered
	return s
}

// allow extends the deadline of an answer by the time for a number of bytes. It ignores the error of a writer without deadlines:
// such a writer is not a connection.
func allow(out *http.ResponseController, bytes int) {
	out.SetWriteDeadline(time.Now().Add(patience + time.Duration(bytes)*time.Second/slowest))
}

// busy tells a client to retry later.
func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, errBusy.Error(), http.StatusServiceUnavailable)
}
