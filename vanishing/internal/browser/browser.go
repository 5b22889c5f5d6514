// Package browser drives a headless Chromium through ChromeDriver, for the tests of pages. It implements the WebDriver protocol
// (W3C 2018) with the standard library, and the DevTools commands that ChromeDriver forwards.
package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Browser is the only window of a browser.
type Browser struct {
	t       testing.TB
	driver  string // address of ChromeDriver
	session string
	client  http.Client
}

// arguments isolate Chromium: no window, no user's profile, and no traffic of its own.
var arguments = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
}

// Open starts a browser, and ends it with the test. With -short, and without Chromium and ChromeDriver, the test is skipped.
func Open(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: no page is opened with -short")
	}
	driver, err := exec.LookPath("chromedriver")
	if err != nil {
		t.Skip("SKIPPED: no page was opened: no chromedriver found (Debian: apt-get install chromium chromium-driver)")
	}
	if !slices.ContainsFunc([]string{"chromium", "chromium-browser", "google-chrome"}, func(name string) bool { _, err := exec.LookPath(name); return err == nil }) {
		t.Skip("SKIPPED: no page was opened: no Chromium found (Debian: apt-get install chromium chromium-driver)")
	}
	b := &Browser{t: t, driver: "http://" + freeAddress(t), client: http.Client{Timeout: 60 * time.Second}}
	command := exec.Command(driver, "--port="+b.driver[strings.LastIndex(b.driver, ":")+1:], "--silent")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	b.await()
	b.start(t.TempDir())
	return b
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
func (b *Browser) await() {
	b.t.Helper()
	for range 200 {
		if response, err := b.client.Get(b.driver + "/status"); err == nil {
			response.Body.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatal("ChromeDriver does not answer")
}

func (b *Browser) start(profile string) {
	b.t.Helper()
	var answer struct{ SessionID string }
	b.call("POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":             "chrome",
		"goog:chromeOptions":      map[string]any{"args": append([]string{"--user-data-dir=" + profile}, arguments...)},
		"goog:loggingPrefs":       map[string]any{"browser": "ALL"},
		"unhandledPromptBehavior": "dismiss",
	}}}, &answer)
	b.session = "/session/" + answer.SessionID
	b.t.Cleanup(func() { b.call("DELETE", b.session, nil, nil) })
}

// call sends a command to ChromeDriver and decodes the answer, if answer is not nil.
func (b *Browser) call(method, path string, body, answer any) {
	b.t.Helper()
	var text []byte
	if method == "POST" {
		if body == nil {
			body = map[string]any{}
		}
		var err error
		if text, err = json.Marshal(body); err != nil {
			b.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, b.driver+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %s", method, path, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, &struct{ Value any }{answer}); err != nil {
		b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// Go opens an address.
func (b *Browser) Go(url string) {
	b.t.Helper()
	b.call("POST", b.session+"/url", map[string]any{"url": url}, nil)
}

// Run runs the body of a function and stores its result in answer, if answer is not nil.
func (b *Browser) Run(answer any, script string, arguments ...any) {
	b.t.Helper()
	if arguments == nil {
		arguments = []any{}
	}
	b.call("POST", b.session+"/execute/sync", map[string]any{"script": script, "args": arguments}, answer)
}

// patience is longer than anything takes on a busy machine.
const patience = time.Minute

// Until waits until an expression is true.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var done bool
		if b.Run(&done, "return Boolean("+expression+")"); done {
			return
		}
	}
	b.t.Fatalf("still false after %v: %s", patience, expression)
}

// DevTools runs a command of the DevTools protocol.
func (b *Browser) DevTools(answer any, command string, parameters map[string]any) {
	b.t.Helper()
	if parameters == nil {
		parameters = map[string]any{}
	}
	b.call("POST", b.session+"/goog/cdp/execute", map[string]any{"cmd": command, "params": parameters}, answer)
}

// View sets the size of the page and the theme of the system, "light" or "dark".
func (b *Browser) View(width, height int, theme string) {
	b.t.Helper()
	b.DevTools(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
	b.DevTools(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": theme}}})
}

// Point moves the mouse to a point of the window.
func (b *Browser) Point(x, y float64) {
	b.t.Helper()
	b.DevTools(nil, "Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y})
}

// Screenshot is the whole page as PNG, in a window of a given width.
func (b *Browser) Screenshot(width int, theme string) []byte {
	b.t.Helper()
	height := 900
	for range 2 { // sections that become visible may change the height
		b.View(width, height, theme)
		b.Settle()
		b.Run(&height, "return document.documentElement.scrollHeight")
	}
	b.View(width, height, theme)
	b.Settle()
	var answer struct{ Data []byte }
	b.DevTools(&answer, "Page.captureScreenshot", map[string]any{"format": "png"})
	return answer.Data
}

// Settle waits until changes are drawn.
func (b *Browser) Settle() {
	b.t.Helper()
	b.Run(nil, "return new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 150))")
}

// Print is the page as PDF.
func (b *Browser) Print() []byte {
	b.t.Helper()
	var text string
	b.call("POST", b.session+"/print", nil, &text)
	pdf, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return pdf
}

// Complaints are the errors and warnings on the browser's console since the last call.
func (b *Browser) Complaints() []string {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.call("POST", b.session+"/se/log", map[string]any{"type": "browser"}, &entries)
	var list []string
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			list = append(list, fmt.Sprintf("%s: %s", e.Level, e.Message))
		}
	}
	return list
}
