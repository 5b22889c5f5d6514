package runs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// refused checks that the command refuses a folder before it trains, and changes no file there.
func refused(t *testing.T, want, folder string, args ...string) {
	t.Helper()
	before := contents(t, folder)
	status, out, log := app.Call(append(args, "-out", folder)...)
	if status != console.ExitFailure || out != "" || !strings.Contains(log, want) {
		t.Errorf("%v: status %d\n%s%s\nwant %q", args, status, out, log, want)
	}
	if after := contents(t, folder); !slices.Equal(before, after) {
		t.Errorf("%v changed files: got\n%.200q\nwant\n%.200q", args, after, before)
	}
}

// contents are the files of a folder with their names.
func contents(t *testing.T, folder string) (list []string) {
	t.Helper()
	for _, name := range strings.Fields(demotest.List(t, folder)) {
		text, _ := os.ReadFile(filepath.Join(folder, name)) // none of a folder
		list = append(list, name+": "+string(text))
	}
	return list
}

// Settings that were written by hand stay as they are, and so do the metrics of another program.
func TestFolderWithSettingsIsRefused(t *testing.T) {
	for _, name := range []string{configName, metricsName} {
		folder := t.TempDir()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("# by hand\ndepth: 3\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(t, "which holds "+name+", want another folder", folder, "train")
		if name == configName {
			refused(t, "which holds config.yaml, want another folder", folder, "train", "-config", path)
		}
	}
}

// The report of a run is not replaced by that of another network, be it of a run without checkpoints.
func TestFolderOfRunIsRefused(t *testing.T) {
	folder := t.TempDir()
	app.Train(t, folder, "-save-every", "none", "-subset", "64")
	refused(t, "which holds a run", folder, "train", "-save-every", "none")
	refused(t, "which holds a run", folder, demotest.Tiny...)
	other := t.TempDir()
	if status, _, log := app.Call(append(demotest.Tiny, "-out", other)...); status != console.ExitOK {
		t.Fatal(log)
	}
	if status, _, log := app.Call(append(demotest.Tiny, "-out", other)...); status != console.ExitOK {
		t.Errorf("a report, not of a run, is replaced: status %d: %s", status, log)
	}
}

// A text that is trained on is not replaced by the report.
func TestTextIsNotReplaced(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("A text about gradients. ", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, "whose report.txt is an input", folder, "train", "-model", "gru", "-text", path)
}
