package runs

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// A pageLog is a log that reports when the address of the page is written to it, and when the page stays.
type pageLog struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan string // the address
	stays chan bool
}

var addressPattern = regexp.MustCompile(`watch it on (http://127\.0\.0\.1:\d+)\n`)

func newPageLog() *pageLog {
	return &pageLog{ready: make(chan string, 1), stays: make(chan bool, 1)}
}

func (l *pageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if match := addressPattern.FindSubmatch(p); match != nil {
		l.ready <- string(match[1])
	}
	if bytes.Contains(p, []byte("the page stays")) {
		l.stays <- true
	}
	return l.text.Write(p)
}

// With -serve a page shows the run, and stays after it until the command is interrupted. The results are those of a run without
// a page.
func TestTrainServes(t *testing.T) {
	for name, command := range map[string]string{"plain tanh": "train -activation tanh", "residual ReLU": ""} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && command == "" {
				t.Skip("trains four networks")
			}
			serves(t, strings.Fields(command), name)
		})
	}
}

// serves runs a command with -serve until the page stays, and compares its results. The last network has a name.
func serves(t *testing.T, command []string, name string) {
	folder := t.TempDir()
	args := slices.Concat(command, []string{"-out", filepath.Join(folder, "served"), "-serve"}, demotest.Tiny)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log, result := newPageLog(), make(chan int, 1)
	var served bytes.Buffer
	go func() { result <- app.Run(ctx, args, &served, log) }()
	deadline := time.After(time.Minute)
	var address string
	select {
	case address = <-log.ready:
	case <-deadline:
		t.Fatal("no page")
	}
	select {
	case <-log.stays:
	case <-deadline:
		t.Fatal("the training does not end")
	}
	if page := get(t, address+"/"); !strings.Contains(page, "<html") {
		t.Errorf("the page is %.100q", page)
	}
	if profile := get(t, address+"/profile.json"); !strings.Contains(profile, `"`+name+`"`) {
		t.Errorf("the profile is %.100q", profile)
	}
	if health := get(t, address+"/healthz"); !strings.Contains(health, `"finished":true`) {
		t.Errorf("after the last network: %s", health)
	}
	cancel()
	select {
	case status := <-result:
		if status != console.ExitOK {
			t.Errorf("status %d", status)
		}
	case <-deadline:
		t.Fatal("the command does not end")
	}
	plain := filepath.Join(folder, "plain")
	_, out, _ := app.Call(slices.Concat(command, []string{"-out", plain}, demotest.Tiny)...)
	if got := strings.ReplaceAll(served.String(), filepath.Join(folder, "served"), plain); got != out {
		t.Errorf("with the page\n%s\nwithout\n%s", got, out)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return string(text)
}

// Texts that are no address of this machine are mistakes.
func TestServeMistakes(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-serve=nonsense", "want a port"}, {"-serve nonsense", "want a port"}, {"-serve 70000", "want a port"},
		{"-serve 127.0.0.1", "want a port"}, {"-serve 8080 more", "unexpected argument"}, {"8080", "unexpected argument"},
		{"-serve 0.0.0.0:0", "-serve 8080 here"}, {"-serve :8080", "-serve 8080 here"}, {"-serve [::]:8081", "ssh -L 8081:127.0.0.1:8081"},
	} {
		status, _, log := app.Call(append([]string{"train"}, strings.Fields(c.args)...)...)
		if status != console.ExitUsage || !strings.Contains(log, c.want) {
			t.Errorf("%q: status %d, want %d and %q in %s", c.args, status, console.ExitUsage, c.want, log)
		}
	}
}

// A number is a port. A port in use is an error.
func TestServePort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if status, _, log := app.Call("train", "-serve", port); status != console.ExitFailure || !strings.Contains(log, "127.0.0.1:"+port) {
		t.Errorf("status %d: %s", status, log)
	}
}
