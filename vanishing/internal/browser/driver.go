package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// arguments isolate Chromium: no window, no user's profile, and no traffic of its own.
var arguments = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
}

// A driver is a session of ChromeDriver: one browser, with an empty window beside those of the tests.
type driver struct {
	process *exec.Cmd
	profile string // folder
	client  http.Client
	address string // of ChromeDriver
	session string // path; empty until there is one
	empty   string // window
	shown   string // window that the next command is for
}

var (
	inMain  bool
	started *driver // nil until a test opens a window
)

// Main runs the tests of a package, and ends their browser afterwards. It returns the status for os.Exit.
func Main(m *testing.M) int {
	inMain = true
	defer func() {
		if started != nil {
			started.end()
		}
	}()
	return m.Run()
}

// shared starts the browser for the first test that needs it.
func shared(t testing.TB, path string) *driver {
	t.Helper()
	if !inMain {
		t.Fatal("the package has no TestMain that calls browser.Main")
	}
	if started != nil {
		return started
	}
	profile, err := os.MkdirTemp("", "gradflow-browser-")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	d := &driver{profile: profile, address: "http://" + address, client: http.Client{Timeout: 5 * time.Minute}} // for a busy machine
	d.process = exec.Command(path, "--port="+address[strings.LastIndex(address, ":")+1:], "--silent")
	if err := d.process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { // also after a failure: the next test then tries again
		if started == nil {
			d.end()
		}
	}()
	d.await(t)
	d.begin(t)
	started = d
	return started
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await waits until ChromeDriver answers.
func (d *driver) await(t testing.TB) {
	t.Helper()
	for range 200 {
		if response, err := d.client.Get(d.address + "/status"); err == nil {
			response.Body.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("ChromeDriver does not answer")
}

// begin starts the browser.
func (d *driver) begin(t testing.TB) {
	t.Helper()
	var answer struct{ SessionID string }
	d.call(t, "POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":             "chrome",
		"goog:chromeOptions":      map[string]any{"args": append([]string{"--user-data-dir=" + d.profile}, arguments...)},
		"goog:loggingPrefs":       map[string]any{"browser": "ALL"},
		"unhandledPromptBehavior": "dismiss",
	}}}, &answer)
	d.session = "/session/" + answer.SessionID
	d.call(t, "GET", "/window", nil, &d.empty)
	d.shown = d.empty
}

// end ends the browser and ChromeDriver.
func (d *driver) end() {
	if request, err := http.NewRequest("DELETE", d.address+d.session, nil); err == nil && d.session != "" {
		if response, err := d.client.Do(request); err == nil {
			response.Body.Close()
		}
	}
	d.process.Process.Kill()
	d.process.Wait()
	os.RemoveAll(d.profile)
}

// open opens a window of its own, not a tab: the tabs behind another one are not drawn.
func (d *driver) open(t testing.TB) string {
	t.Helper()
	var answer struct{ Handle string }
	d.call(t, "POST", "/window/new", map[string]any{"type": "window"}, &answer)
	return answer.Handle
}

// show makes a window the one that commands are for.
func (d *driver) show(t testing.TB, window string) {
	t.Helper()
	if window != d.shown {
		d.call(t, "POST", "/window", map[string]any{"handle": window}, nil)
		d.shown = window
	}
}

func (d *driver) close(t testing.TB, window string) {
	t.Helper()
	d.show(t, window)
	d.call(t, "DELETE", "/window", nil, nil)
	d.shown = ""
	d.show(t, d.empty)
}

// call sends a command of the session to ChromeDriver and decodes the answer, if answer is not nil.
func (d *driver) call(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	var text []byte
	if method == "POST" {
		if body == nil {
			body = map[string]any{}
		}
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, d.address+d.session+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := d.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, &struct{ Value any }{answer}); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}
