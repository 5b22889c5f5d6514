package live

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostile are the kinds of hostile clients. Each gets a new connection, and is called again when it returns.
var hostile = []func(ctx context.Context, c net.Conn){
	func(ctx context.Context, c net.Conn) { poll(c, "/profile.json") },
	func(ctx context.Context, c net.Conn) { poll(c, "/") },
	func(ctx context.Context, c net.Conn) { hang(ctx, c, request("/profile.json")) },
	func(ctx context.Context, c net.Conn) { hang(ctx, c, request("/events")) },
	func(ctx context.Context, c net.Conn) { hang(ctx, c, "") },
	func(ctx context.Context, c net.Conn) { drip(ctx, c) },
	func(_ context.Context, c net.Conn) {
		io.WriteString(c, "GET / HTTP/1.1\r\n"+strings.Repeat("X: y\r\n", 1<<18))
	},
	func(_ context.Context, c net.Conn) { // and leaves
		io.WriteString(c, request("/events"))
		io.CopyN(io.Discard, c, 1000)
	},
	func(_ context.Context, c net.Conn) {
		io.WriteString(c, strings.Repeat("HEAD /profile.json HTTP/1.1\r\nHost: localhost\r\n\r\n", 50)+"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		io.Copy(io.Discard, c)
	},
	func(context.Context, net.Conn) {}, // thousands of connections
}

// poll repeats a request until the connection ends.
func poll(c net.Conn, path string) {
	go io.Copy(io.Discard, c)
	for {
		if _, err := io.WriteString(c, request(path)); err != nil {
			return
		}
	}
}

// hang sends a request and reads nothing, for longer than the server's patience.
func hang(ctx context.Context, c net.Conn, request string) {
	io.WriteString(c, request)
	pass(ctx, 3*patience)
}

// drip sends a byte a second.
func drip(ctx context.Context, c net.Conn) {
	for _, letter := range request("/events") {
		if _, err := io.WriteString(c, string(letter)); err != nil || !pass(ctx, time.Second) {
			return
		}
	}
}

// pass waits, and tells whether the context is still alive.
func pass(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// attack runs 50 hostile clients of a server until the context ends.
func attack(ctx context.Context, address string) {
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() {
			for ctx.Err() == nil {
				c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				if err != nil {
					pass(ctx, 10*time.Millisecond)
					continue
				}
				stop := context.AfterFunc(ctx, func() { c.Close() })
				hostile[i%len(hostile)](ctx, c)
				stop()
				c.Close()
			}
		})
	}
	clients.Wait()
}

// Fifty hostile clients get no more than their bounds allow, and others are still answered. Nothing here depends on the speed of
// the machine.
func TestHostileClients(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the time limits of many clients")
	}
	s := start(t)
	f := begin(t, s.Server, &fixed{long(200)})
	step(t, f)
	runtime.GC()
	before := memory()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		attack(ctx, strings.TrimPrefix(s.URL(), "http://"))
	}()
	begun, held := time.Now(), uint64(0)
	for i := 0; time.Since(begun) < 4*time.Second; i++ {
		step(t, f)
		if n, viewers, downloads := s.connections(), s.viewers.count(), s.downloads.count(); n > maxConnections || viewers > maxViewers || downloads > maxDownloads {
			t.Fatalf("there are %d connections, %d viewers and %d downloads", n, viewers, downloads)
		}
		if i%20 == 0 {
			runtime.GC()
			held = max(held, memory())
		}
		time.Sleep(10 * time.Millisecond)
	}
	for { // until an honest one is answered
		response, err := s.client.Get(s.URL() + "/healthz")
		if err == nil {
			response.Body.Close()
			break
		}
	}
	s.documents.mu.Lock()
	documents, limit := s.documents.written, 2+int(time.Since(begun)/(3*time.Second))
	s.documents.mu.Unlock()
	extra := (float64(held) - float64(before)) / 1e6
	t.Logf("%d documents, %.1f MB", documents, extra)
	if documents > limit { // writing one takes more than 30 ms, and the next is due after a hundred times as long
		t.Errorf("%d documents are written, want %d at most", documents, limit)
	}
	if extra > 50 {
		t.Errorf("50 hostile clients hold %.1f MB, with the memory of the clients; want 50 at most", extra)
	}
	cancel()
	<-done
	s.client.CloseIdleConnections()
	for s.connections() > 0 { // until the timeout of the test
		time.Sleep(10 * time.Millisecond)
	}
}

// memory is the size of the heap and the stacks, with little garbage directly after a collection.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
