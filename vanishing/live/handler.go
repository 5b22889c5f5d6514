package live

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP answers requests for
//
//	/              the page
//	/events        server-sent events with its data: an event "data" whenever they change, and a comment every 15 seconds
//	/profile.json  the snapshots of all runs, as package report writes JSON, in four megabytes at most
//	/healthz       {"runs": 1, "step": 230, "finished": false}; step is the last recorded one of the newest run
//
// A request must name the server by an IP address, "localhost" or one of Hosts. With any other name, a foreign web page could
// point its own name at this machine and read the answers (DNS rebinding). Pages of other sites get no data; browsers name them
// in Sec-Fetch-Site. Links to "/" work from anywhere. Programs and old browsers, which do not send this header, are answered.
//
// If the records of a run do not fit into /profile.json, it holds some of them, evenly spread, and their number as "kept". A
// request with If-None-Match gets status 304 while the document has not changed.
//
// A server that is busy answers with status 503 and Retry-After; the documentation of the package lists the limits.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	err := s.pace.wait(r.Context(), requestTime)
	allow(http.NewResponseController(w), 0)
	if err != nil {
		busy(w)
		return
	}
	if refusal, status := s.refuse(r); status != 0 {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, HEAD")
		}
		w.Header().Set("Connection", "close")
		http.Error(w, "live: "+refusal, status)
		return
	}
	switch r.URL.Path {
	case "/":
		s.page(w, r)
	case "/events":
		s.events(w, r)
	case "/profile.json":
		s.profile(w, r)
	case "/healthz":
		s.health(w)
	default:
		http.NotFound(w, r)
	}
}

// headers are those of all answers. The page replaces the policy.
var headers = map[string]string{
	"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
	"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
	"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

// refuse returns the reason and the status for a request that is refused, and status 0 for all others.
func (s *Server) refuse(r *http.Request) (reason string, status int) {
	switch {
	case !s.known(r.Host):
		return "unknown host: add it to Server.Hosts", http.StatusForbidden
	case foreign(r):
		return "got a request by a page of another site: open the address itself", http.StatusForbidden
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return "unknown method: want GET or HEAD", http.StatusMethodNotAllowed
	case r.ContentLength != 0:
		return "got a request with a body, want none", http.StatusBadRequest
	}
	return "", 0
}

// known tells whether a host is one to answer to.
func (s *Server) known(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return net.ParseIP(host) != nil || strings.EqualFold(host, "localhost") ||
		slices.ContainsFunc(s.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

// foreign tells whether a page of another site makes a request. A user may follow a link to the page, which then requests its
// data itself.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
}

// health is the answer of /healthz.
type health struct {
	Runs     int  `json:"runs"`
	Step     int  `json:"step"`
	Finished bool `json:"finished"`
}

func (s *Server) health(w http.ResponseWriter) {
	_, v := s.board.view()
	profiles := v.profiles
	h := health{Runs: len(profiles), Finished: v.finished}
	if n := len(profiles); n > 0 {
		records := profiles[n-1].Records
		h.Step = records[len(records)-1].Step
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(h)
}
