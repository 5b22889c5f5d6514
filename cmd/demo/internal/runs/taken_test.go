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

// Profiles and pages of other programs are not replaced, such as those that the bridge to PyTorch has written.
func TestReportOfOthersIsNotReplaced(t *testing.T) {
	for _, name := range []string{"profiles.json", "report.html"} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(`{"schema": 3, "networks": [{"framework": "pytorch"}]}`), 0o644); err != nil {
			t.Fatal(err)
		}
		want := "whose " + name + " is no earlier report of this command"
		refused(t, want, folder, "train")
		refused(t, want, folder, demotest.Tiny...)
	}
}

// Flags that have no effect with others are refused.
func TestFlagsWithoutEffect(t *testing.T) {
	for want, args := range map[string][]string{
		"got -best with -save-every none":          {"train", "-best", "val_loss", "-save-every", "none"},
		"got -keep with -save-every none":          {"train", "-keep", "5", "-save-every", "none"},
		"got -save-required with -save-every none": {"train", "-save-required", "-save-every", "none"},
		"got -sync-bn without -dist":               {"train", "-sync-bn"},
		"got both -model resnet20 and -best":       {"export", "-model", "resnet20", "-best", "val_loss"},
		"got -channels without -model":             {"export", "-channels", "1"},
	} {
		if status, out, log := app.Call(args...); status != console.ExitUsage || out != "" || !strings.Contains(log, want) {
			t.Errorf("%v: status %d\n%s%s\nwant %q", args, status, out, log, want)
		}
	}
}
