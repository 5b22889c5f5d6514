package profiles

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// profileText is a file with a network of a name.
func profileText(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, vanishing.Diagnose(demotest.Profile(name))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A follower waits for a file, for its second half, and for another one if it is none of profiles, and shows each that it finds.
func TestFollower(t *testing.T) { synctest.Test(t, testFollower) }

func testFollower(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "run")
	file := filepath.Join(path, "profiles.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	var shown []string
	f := &follower{path: path, log: &log, show: func(profiles ...vanishing.Profile) {
		for _, p := range profiles {
			shown = append(shown, p.Name)
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	first, second := profileText(t, "first"), profileText(t, "the second")
	for _, s := range []struct {
		name  string
		do    func()
		wait  time.Duration
		shown string
		log   string // how what is added to it begins
	}{
		{"no folder", func() { go func() { f.run(ctx); close(done) }() }, time.Minute, "", "waiting for RUN\n"},
		{"no file", func() { os.Mkdir(path, 0o755) }, time.Minute, "", "waiting for FILE\n"},
		{"half a file", func() { write(first[:len(first)/2]) }, settleTime / 2, "", ""},
		{"the file", func() { write(first) }, time.Second, "first", "following FILE until you interrupt with Ctrl-C\n"},
		{"no change", func() {}, time.Minute, "", ""},
		{"another", func() { write(second) }, time.Second, "the second", ""},
		{"half a file that stays", func() { write(first[:len(first)/2]) }, 2 * settleTime, "", "waiting for another file: FILE: report: not JSON of profiles: got the end after "},
		{"the file again", func() { write(first) }, time.Second, "first", "following FILE until you interrupt with Ctrl-C\n"},
		{"removed", func() { os.Remove(file) }, time.Minute, "", "waiting for FILE\n"},
		{"a folder", func() { os.Mkdir(file, 0o755) }, time.Second, "", "waiting for another file: FILE: got something else, want a file\n"},
	} {
		shown = nil
		log.Reset()
		s.do()
		time.Sleep(s.wait)
		synctest.Wait()
		text := strings.NewReplacer(file, "FILE", path, "RUN").Replace(log.String())
		if got := strings.Join(shown, " "); got != s.shown || !strings.HasPrefix(text, s.log) || s.log == "" && text != "" {
			t.Errorf("%s: got %q shown and log %q, want %q and %q", s.name, got, text, s.shown, s.log)
		}
	}
	cancel()
	<-done
}

// A startLog is a log that tells the address of the page.
type startLog struct {
	mu      sync.Mutex
	text    strings.Builder
	address chan string
}

var pageAddress = regexp.MustCompile(`watch it on (http://127\.0\.0\.1:\d+)\n`)

func (l *startLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if match := pageAddress.FindSubmatch(p); match != nil {
		l.address <- string(match[1])
	}
	return l.text.Write(p)
}

// demo live shows the file on a page until it is interrupted, with exit status 0.
func TestLive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profiles.json")
	if err := os.WriteFile(file, []byte(profileText(t, "from elsewhere")), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	log, status := &startLog{address: make(chan string, 1)}, make(chan int, 1)
	go func() { status <- app.Run(ctx, []string{"live", file}, io.Discard, log) }()
	address := <-log.address
	for text := ""; !strings.Contains(text, `"from elsewhere"`); time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(address + "/profile.json")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		text = string(body)
	}
	cancel()
	if got := <-status; got != console.ExitOK {
		t.Errorf("status %d, want %d:\n%s", got, console.ExitOK, &log.text)
	}
	if _, err := http.Get(address); err == nil {
		t.Error("after the end: got an answer, want none")
	}
}
