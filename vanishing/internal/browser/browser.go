// Package browser drives a headless Chromium through ChromeDriver, for the tests of pages. It implements the WebDriver protocol
// (W3C 2018) with the standard library, and the DevTools commands that ChromeDriver forwards.
package browser

import (
	"encoding/base64"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// A Browser is a window of the browser, which all tests of a package share.
type Browser struct {
	t      testing.TB
	driver *driver
	window string
}

// Open opens a window, and closes it with the test. With -short, and without Chromium and ChromeDriver, the test is skipped. The package
// needs a TestMain that calls [Main].
func Open(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: no page is opened with -short")
	}
	path, err := exec.LookPath("chromedriver")
	if err != nil {
		t.Skip("SKIPPED: no page was opened: no chromedriver found (Debian: apt-get install chromium chromium-driver)")
	}
	if !slices.ContainsFunc([]string{"chromium", "chromium-browser", "google-chrome"}, func(name string) bool { _, err := exec.LookPath(name); return err == nil }) {
		t.Skip("SKIPPED: no page was opened: no Chromium found (Debian: apt-get install chromium chromium-driver)")
	}
	b := &Browser{t: t, driver: shared(t, path)}
	b.window = b.driver.open(t)
	t.Cleanup(func() { b.driver.close(t, b.window) })
	b.Complaints() // those of earlier windows
	return b
}

// call sends a command for the window to ChromeDriver and decodes the answer, if answer is not nil.
func (b *Browser) call(path string, body, answer any) {
	b.t.Helper()
	b.driver.show(b.t, b.window)
	b.driver.call(b.t, "POST", path, body, answer)
}

// Go opens an address.
func (b *Browser) Go(url string) {
	b.t.Helper()
	b.call("/url", map[string]any{"url": url}, nil)
}

// Run runs the body of a function and stores its result in answer, if answer is not nil.
func (b *Browser) Run(answer any, script string, arguments ...any) {
	b.t.Helper()
	if arguments == nil {
		arguments = []any{}
	}
	b.call("/execute/sync", map[string]any{"script": script, "args": arguments}, answer)
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
	b.call("/goog/cdp/execute", map[string]any{"cmd": command, "params": parameters}, answer)
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
	b.call("/print", nil, &text)
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
	b.call("/se/log", map[string]any{"type": "browser"}, &entries)
	var list []string
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			list = append(list, fmt.Sprintf("%s: %s", e.Level, e.Message))
		}
	}
	return list
}
