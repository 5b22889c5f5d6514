// Package demotest has what the tests of the command's packages share.
package demotest

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

// Tests expect English, in any locale.
func init() {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		os.Unsetenv(name)
	}
}

// An App makes the command under test. The clock names its folders.
type App func(now func() time.Time) *cli.Command

// Noon is the time of runs in tests.
func Noon() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC) }

// Run runs the command at noon.
func (a App) Run(ctx context.Context, args []string, out, log io.Writer) (status int) {
	return console.Run(ctx, func() *cli.Command { return a(Noon) }, args, out, log)
}

// Call runs the command at noon and returns its exit status and its outputs. The language is English afterwards, because other tests
// print without running the command.
func (a App) Call(args ...string) (status int, out, log string) {
	defer say.Speak(lang.English)
	var stdout, stderr bytes.Buffer
	status = a.Run(context.Background(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// Report runs the command with a fresh folder and returns its output and its files.
func (a App) Report(t *testing.T, args ...string) (status int, out string, files map[string][]byte) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "report")
	status, out, log := a.Call(append(args, "-out", folder)...)
	if status != console.ExitOK {
		t.Logf("stderr:\n%s", log)
	}
	files = make(map[string][]byte)
	entries, err := os.ReadDir(folder)
	if err != nil && status == console.ExitOK {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() { // checkpoints
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = content
	}
	return status, strings.ReplaceAll(out, folder, "FOLDER"), files
}

// Tiny is a network that trains in a moment.
var Tiny = []string{"-depth", "5", "-width", "12", "-subset", "320", "-epochs", "1"}

// Train makes a run of a moment.
func (a App) Train(t *testing.T, folder string, args ...string) {
	t.Helper()
	args = append([]string{"train", "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "2", "-out", folder}, args...)
	if status, _, log := a.Call(args...); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
}

// Recorded trains two networks, a healthy and a sick one, into folders of their own, and returns the files of their profiles.
func (a App) Recorded(t *testing.T) (healthy, sick string) {
	t.Helper()
	var files []string
	for _, activation := range []string{"tanh", "sigmoid"} {
		folder := filepath.Join(t.TempDir(), activation)
		args := append([]string{"train", "-activation", activation, "-out", folder}, Tiny...)
		if status, _, log := a.Call(append(args, "-depth", "9")...); status != console.ExitOK {
			t.Fatalf("status %d\n%s", status, log)
		}
		files = append(files, filepath.Join(folder, "profiles.json"))
	}
	return files[0], files[1]
}
