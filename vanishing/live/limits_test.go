package live

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ask opens a connection and sends some bytes.
func ask(t testing.TB, s *house, request string) net.Conn {
	t.Helper()
	c, err := s.dial(t.Context(), "tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go io.WriteString(c, request) // the server may end the connection before all is sent
	return c
}

// request is a GET request with the required headers only.
func request(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n" }

// answer reads an answer's status and body.
func answer(t testing.TB, c net.Conn) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// connections counts the open connections.
func (s *house) connections() int {
	s.open.mu.Lock()
	defer s.open.mu.Unlock()
	return len(s.open.open)
}

// count is the number of taken slots.
func (s *slots) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

// ended reads a connection until the server has closed it.
func ended(c net.Conn) time.Duration {
	begun := time.Now()
	io.Copy(io.Discard, c)
	return time.Since(begun)
}

// A client that does not use its connection loses it.
func TestIdlersAreDropped(t *testing.T) { synctest.Test(t, testIdlersAreDropped) }

func testIdlersAreDropped(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		request string
		most    time.Duration
	}{
		"nothing is sent":  {"", patience},
		"half a request":   {"GET / HTTP/1.1\r\nHost: loc", patience},
		"a body is missed": {"GET /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n", patience},
		"one request":      {request("/healthz"), idleTimeout + time.Second},
		"a huge header":    {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", maxHeader+4096), time.Second},
	} {
		if took := ended(ask(t, s, c.request)); took > c.most {
			t.Errorf("%s: the connection is kept for %v, want %v at most", name, took, c.most)
		}
	}
	drip := ask(t, s, "")
	begun := time.Now()
	for {
		if _, err := io.WriteString(drip, "G"); err != nil {
			break
		}
		time.Sleep(time.Second)
	}
	if took := time.Since(begun); took > patience/2+patience { // to send a request, and to take the answer
		t.Errorf("a byte a second keeps the connection for %v", took)
	}
	time.Sleep(time.Second)
	if n := s.connections(); n != 0 {
		t.Errorf("%d connections are still counted, want none", n)
	}
}

// A client that does not read its answer is dropped after the patience and the time for its bytes.
func TestNeverReadersAreDropped(t *testing.T) { synctest.Test(t, testNeverReadersAreDropped) }

func testNeverReadersAreDropped(t *testing.T) {
	s := open(t)
	step(t, begin(t, s.Server, &fixed{long(10)}))
	for _, path := range []string{"/", "/events", "/profile.json", "/healthz", "/other"} {
		ask(t, s, request(path))
	}
	time.Sleep(patience + maxDocument/slowest*time.Second + time.Second)
	if n, viewers, downloads := s.connections(), s.viewers.count(), s.downloads.count(); n+viewers+downloads > 0 {
		t.Errorf("%d connections, %d viewers and %d downloads are left", n, viewers, downloads)
	}
}

// A new connection replaces the one that has waited longest, and not that of a viewer.
func TestConnectionsAreBounded(t *testing.T) { synctest.Test(t, testConnectionsAreBounded) }

func testConnectionsAreBounded(t *testing.T) {
	s := open(t)
	events := watch(t, s, "")
	next(t, events)
	for range 5 * maxConnections {
		ask(t, s, "")
		if n := s.connections(); n > maxConnections {
			t.Fatalf("there are %d connections", n)
		}
	}
	if n := s.connections(); n != maxConnections {
		t.Errorf("%d connections are counted, want %d", n, maxConnections)
	}
	c := ask(t, s, request("/healthz"))
	if response, _ := answer(t, c); response.StatusCode != 200 {
		t.Errorf("a full house answers %s", response.Status)
	}
	step(t, begin(t, s.Server, &fixed{long(10)}))
	until(t, events, func(m sent) bool { return len(m.Page.Runs) == 1 })
}

func TestConnectionsAreNotOpenedFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		begun := time.Now()
		for range 1000 {
			ask(t, s, "").Close()
		}
		if took, least := time.Since(begun), 990*connectTime-credit; took < least {
			t.Errorf("1000 connections are opened in %v, want %v", took, least)
		}
	})
}

// One more viewer replaces the first, which comes back with the last identifier.
func TestViewersAreBounded(t *testing.T) { synctest.Test(t, testViewersAreBounded) }

func testViewersAreBounded(t *testing.T) {
	s := open(t)
	first := watch(t, s, "")
	next(t, first)
	stuck := ask(t, s, request("/events")) // takes nothing
	synctest.Wait()
	var last <-chan event
	for range maxViewers {
		last = watch(t, s, "")
		next(t, last)
		if n := s.viewers.count(); n > maxViewers {
			t.Fatalf("there are %d viewers", n)
		}
	}
	if _, still := <-first; still {
		t.Error("the first viewer is sent more")
	}
	if took := ended(stuck); took != 0 {
		t.Errorf("a viewer that takes nothing is dropped after %v", took)
	}
	step(t, begin(t, s.Server, &fixed{long(10)}))
	until(t, last, func(m sent) bool { return len(m.Page.Runs) == 1 })
}

func TestDownloadsAreBounded(t *testing.T) { synctest.Test(t, testDownloadsAreBounded) }

func testDownloadsAreBounded(t *testing.T) {
	s := open(t)
	step(t, begin(t, s.Server, &fixed{long(10)}))
	var stuck []net.Conn
	for range maxDownloads {
		stuck = append(stuck, ask(t, s, request("/profile.json")))
		time.Sleep(time.Second / 10)
	}
	response, _ := answer(t, ask(t, s, request("/profile.json")))
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" {
		t.Errorf("one more download: %s, to be tried again after %q", response.Status, response.Header.Get("Retry-After"))
	}
	time.Sleep(fairDownload)
	if response, body := answer(t, ask(t, s, request("/profile.json"))); response.StatusCode != 200 || body == "" {
		t.Errorf("after the time of a download: %s, %d bytes", response.Status, len(body))
	}
	ended(stuck[0]) // it was dropped
	synctest.Wait()
	if n := s.downloads.count(); n != maxDownloads-1 {
		t.Errorf("%d downloads are left, want %d", n, maxDownloads-1)
	}
}

// All clients together get a bounded number of answers a second, and each gets a fair share.
func TestRequestsArePaced(t *testing.T) { synctest.Test(t, testRequestsArePaced) }

func testRequestsArePaced(t *testing.T) {
	s := open(t)
	step(t, begin(t, s.Server, &fixed{long(10)}))
	const clients = 8
	var answers [clients]int
	end := time.Now().Add(10 * time.Second)
	done := make(chan struct{})
	for i := range clients {
		go func() {
			defer func() { done <- struct{}{} }()
			for time.Now().Before(end) && answers[i] < 1000 {
				if status, _ := get(t, s, "/healthz", ""); status != 200 {
					t.Errorf("status %d", status)
				}
				answers[i]++
			}
		}()
	}
	for range clients {
		<-done
	}
	total := 0
	for _, n := range answers {
		total += n
		if n < int(10*time.Second/requestTime)/clients/2 {
			t.Errorf("the clients have %d answers", answers)
		}
	}
	if most := int((10*time.Second+credit)/requestTime) + clients; total > most {
		t.Errorf("%d answers in 10 seconds, want %d at most", total, most)
	}
}

// A cancelled reservation is returned, and one too far away is refused.
func TestTurnsAreGivenBack(t *testing.T) {
	var p pacer
	now := time.Now()
	for range 3 {
		p.reserve(now, patience)
	}
	if delay := p.reserve(now, patience); delay <= patience {
		t.Fatalf("the next work may start in %v, want it refused", delay)
	}
	p.cancel(patience)
	if delay := p.reserve(now, patience); delay > patience {
		t.Errorf("cancelled time is not free: a delay of %v", delay)
	}
}

// At any rate of requests /profile.json is written seldom, and its bytes a second are bounded.
func TestDownloadsArePaced(t *testing.T) { synctest.Test(t, testDownloadsArePaced) }

func testDownloadsArePaced(t *testing.T) {
	s := open(t)
	step(t, begin(t, s.Server, &fixed{long(100)}))
	begun, bytes := time.Now(), 0
	for range 60 {
		_, body := get(t, s, "/profile.json", "")
		bytes += len(body)
	}
	if took := time.Since(begun) + credit + time.Second; float64(bytes) > took.Seconds()*byteRate {
		t.Errorf("%d bytes in %v", bytes, took)
	}
}

func TestUnchangedDownloadsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		f := begin(t, s.Server, &fixed{long(10)})
		step(t, f)
		response, _ := answer(t, ask(t, s, request("/profile.json")))
		again := fmt.Sprintf("GET /profile.json HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: W/%s, \"x\"\r\n\r\n", response.Header.Get("ETag"))
		if response, body := answer(t, ask(t, s, again)); response.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("an unchanged document: %s with %d bytes", response.Status, len(body))
		}
		f.End(nil)
		if response, body := answer(t, ask(t, s, again)); response.StatusCode != 200 || body == "" {
			t.Errorf("a changed document: %s with %d bytes", response.Status, len(body))
		}
	})
}

// A client with pipelined requests gets one answer, so that it does not hold its connection for the time of all.
func TestConnectionsHaveOneAnswer(t *testing.T) {
	s := start(t)
	c := ask(t, s, strings.Repeat(request("/healthz"), 50))
	all, _ := io.ReadAll(c) // the end of the connection may be a reset
	if n := strings.Count(string(all), "HTTP/1.1 200 OK"); n != 1 {
		t.Errorf("got %d answers, want 1", n)
	}
}
