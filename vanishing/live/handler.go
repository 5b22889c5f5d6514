package live

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing/internal/page"
	"github.com/gradflow/gradflow/vanishing/report"
)

// ServeHTTP answers requests for
//
//	/              the page
//	/events        server-sent events with its data: an event "data" whenever they change, and a comment every 15 seconds
//	/profile.json  the snapshots of all runs, as [report.JSON] writes them
//	/healthz       {"runs": 1, "step": 230, "finished": false}: of the newest run the last step recorded
//
// A request has to name the server by an IP address, "localhost" or one of Hosts. Any other name may be one that a foreign
// web page has pointed at this machine to read what it is not meant to, which is called DNS rebinding.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.known(r.Host) {
		http.Error(w, "live: unknown host: add it to Server.Hosts", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "live: there is nothing to change here", http.StatusMethodNotAllowed)
		return
	}
	for name, value := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	switch r.URL.Path {
	case "/":
		s.page(w)
	case "/events":
		s.events(w, r)
	case "/profile.json":
		s.profile(w)
	case "/healthz":
		s.health(w)
	default:
		http.NotFound(w, r)
	}
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

func (s *Server) page(w http.ResponseWriter) {
	var b bytes.Buffer
	if err := page.WriteLive(&b); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

func (s *Server) profile(w http.ResponseWriter) {
	_, profiles, _ := s.board.profiles()
	var b bytes.Buffer
	if err := report.JSON(&b, profiles...); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b.Bytes())
}

// health is what /healthz tells.
type health struct {
	Runs     int  `json:"runs"`
	Step     int  `json:"step"`
	Finished bool `json:"finished"`
}

func (s *Server) health(w http.ResponseWriter) {
	_, profiles, finished := s.board.profiles()
	h := health{Runs: len(profiles), Finished: finished}
	if n := len(profiles); n > 0 {
		records := profiles[n-1].Records
		h.Step = records[len(records)-1].Step
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(h)
}
