package live

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
	"github.com/gradflow/gradflow/vanishing/report"
)

// The pages, shared by all servers.
var (
	englishPage = sync.OnceValues(func() (page.LivePage, error) { return page.Live(vanishing.English) })
	chinesePage = sync.OnceValues(func() (page.LivePage, error) { return page.Live(vanishing.Chinese) })
)

func (s *Server) livePage() (page.LivePage, error) {
	if s.Language == vanishing.Chinese {
		return chinesePage()
	}
	return englishPage()
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	p, err := s.livePage()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", p.Policy+"; frame-ancestors 'none'") // works only as a header
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.send(w, r, p.Text)
}

func (s *Server) profile(w http.ResponseWriter, r *http.Request) {
	ctx, drop := context.WithCancel(r.Context())
	defer drop()
	out := http.NewResponseController(w)
	leave, ok := s.downloads.enter(maxDownloads, fairDownload, func() {
		drop()
		out.SetWriteDeadline(time.Unix(1, 0))
	})
	if !ok {
		busy(w)
		return
	}
	defer leave()
	t, _ := s.documents.newest(&s.board, writeDocument)
	if t.err != nil {
		http.Error(w, t.err.Error(), http.StatusInternalServerError)
		return
	}
	tag := strconv.Quote(t.id)
	w.Header().Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	s.send(w, r.WithContext(ctx), t.data)
}

// send answers with shared bytes, without copying them.
func (s *Server) send(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method == http.MethodHead {
		return
	}
	if err := s.pace.wait(r.Context(), time.Duration(len(data))*time.Second/byteRate); err != nil {
		busy(w)
		return
	}
	allow(http.NewResponseController(w), len(data))
	if r.Context().Err() == nil { // as in viewer.send
		w.Write(data)
	}
}

// sample is the number of records of each run from which the size of a document is estimated.
const sample = 16

// writeDocument writes the profiles as package report does, in at most maxDocument bytes unless sample records take more. Runs
// that are too long get the same number of records each.
func writeDocument(_ string, v view) ([]byte, error) {
	profiles := v.profiles
	few, err := document(profiles, sample)
	if err != nil || len(few) >= maxDocument {
		return few, err
	}
	records := min(longest(profiles), sample*maxDocument/len(few))
	for records > sample {
		text, err := document(profiles, records)
		if err != nil || len(text) <= maxDocument {
			return text, err
		}
		records = records * maxDocument / len(text)
	}
	return few, nil
}

// longest is the number of records of the longest run.
func longest(profiles []vanishing.Profile) int {
	n := 0
	for _, p := range profiles {
		n = max(n, len(p.Records))
	}
	return n
}

// document writes at most the given number of records of each profile.
func document(profiles []vanishing.Profile, records int) ([]byte, error) {
	shown := make([]vanishing.Profile, len(profiles))
	for i, p := range profiles {
		if shown[i] = thin(p, records); len(shown[i].Records) < len(p.Records) {
			shown[i].Sampling.Kept = len(shown[i].Records)
		}
	}
	var b bytes.Buffer
	err := report.JSON(&b, vanishing.DiagnoseAll(shown...)...)
	return b.Bytes(), err
}
