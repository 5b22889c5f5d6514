package runs

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/internal/files"
)

// filled is a folder with the report of some networks.
func filled(t *testing.T, path string, names ...string) *reportdir.Folder {
	t.Helper()
	to, err := reportdir.New(path)
	if err != nil {
		t.Fatal(err)
	}
	var results []result
	for _, name := range names {
		results = append(results, observed(name))
	}
	fill(context.Background(), to, results)
	return to
}

// everything lists the files of a report of the network "net".
const everything = ".gradflow-pictures all-steps.png all-steps.svg first-step.png first-step.svg layers-by-step-net.png layers-by-step-net.svg " +
	"profiles.csv profiles.json report.html report.txt"

// The folder's name is not a pattern: as a pattern "exp[1]" means exp1, and "x[y" is invalid.
func TestFolderOfAnyName(t *testing.T) {
	parent := t.TempDir()
	other := filled(t, filepath.Join(parent, "exp1"), "net")
	for _, name := range []string{"exp[1]", "x[y", "100% %s"} {
		to := filled(t, filepath.Join(parent, name), "net")
		if err := to.Unsaved(); err != nil {
			t.Error(err)
		}
		if got := demotest.List(t, to.Path); got != everything {
			t.Errorf("%s holds %s", name, got)
		}
	}
	if got := demotest.List(t, other.Path); got != everything {
		t.Errorf("the other folder now holds %s", got)
	}
}

// age makes all files of a folder as old as those of a process that was killed long ago.
func age(t *testing.T, folder string) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	for _, name := range strings.Fields(demotest.List(t, folder)) {
		if err := os.Chtimes(filepath.Join(folder, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
}

// The command removes only files that it wrote: pictures that it listed, whatever the names of others.
func TestFolderKeepsForeignFiles(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "layers-by-step-old.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"layers-by-step-notes.txt", "gradient-paths-thesis.svg", ".gradflow-1.tmp"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	age(t, path)
	filled(t, path, "net", "earlier").Close()
	if got := demotest.List(t, path); !strings.Contains(got, "layers-by-step-earlier.png") {
		t.Errorf("got %s, want pictures of both networks", got)
	}
	filled(t, path, "net")
	want := strings.Replace(everything, "layers", "gradient-paths-thesis.svg layers", 1)
	want = strings.Replace(want, "net.svg", "net.svg layers-by-step-notes.txt layers-by-step-old.png", 1)
	if got := demotest.List(t, path); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A list of pictures that names other files removes none of these.
func TestListOfPicturesRemovesNoOtherFiles(t *testing.T) {
	path := t.TempDir()
	for name, content := range map[string]string{".gradflow-pictures": "thesis.tex\n../thesis.svg\nlayers-by-step-old.svg\n", "thesis.tex": "", "layers-by-step-old.svg": ""} {
		if err := os.WriteFile(filepath.Join(path, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	filled(t, path, "net")
	if got := demotest.List(t, path); got != everything+" thesis.tex" {
		t.Errorf("got %s, want thesis.tex kept and layers-by-step-old.svg removed", got)
	}
}

// A file that cannot be written or drawn does not affect the others, and is reported with the reason.
func TestFilesThatCannotBeWritten(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"report.html", "layers-by-step-sick.png"} {
		if err := os.Mkdir(filepath.Join(path, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	to, err := reportdir.New(path)
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	err = writeReport(context.Background(), context.Background(), to, []result{observed("sick")}, &out)
	if got := console.Status(context.Background(), err, &log); got != console.ExitFailure {
		t.Errorf("status %d, want %d", got, console.ExitFailure)
	}
	want := "demo: " + path + ": saved profiles.json, report.txt, profiles.csv, " +
		"first-step.png, first-step.svg, all-steps.png, all-steps.svg, layers-by-step-sick.svg; " +
		"not saved: report.html, layers-by-step-sick.png (is a directory)\n"
	if log.String() != want {
		t.Errorf("got %s, want %s", log.String(), want)
	}
	if text := out.String(); !strings.Contains(text, "verdict") || strings.Contains(text, "The report is in") {
		t.Errorf("the summary is\n%s", text)
	}
}

// A full disk loses the files that are not written yet, but not the summary.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	to, err := reportdir.New(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	var out bytes.Buffer
	err = writeReport(context.Background(), context.Background(), to, []result{observed("net")}, &out)
	if err == nil || !strings.Contains(err.Error(), "report.html") || !strings.Contains(err.Error(), "(no space left on device)") {
		t.Errorf("got %v, want an error of the full disk", err)
	}
	if !strings.Contains(out.String(), "verdict") {
		t.Errorf("the summary is\n%s", out.String())
	}
	whole := filled(t, t.TempDir(), "net")
	sameAs(t, disk, whole.Path)
	if _, err := demotest.ReadProfiles(filepath.Join(disk, "profiles.json")); err != nil {
		t.Error(err)
	}
}

// sameAs checks that the files in a folder are equal to those in another, byte by byte. Files may be absent.
func sameAs(t *testing.T, path, want string) {
	t.Helper()
	for _, name := range strings.Fields(demotest.List(t, path)) {
		if name == ".gradflow-pictures" { // lists the pictures that were saved
			continue
		}
		got, err := os.ReadFile(filepath.Join(path, name))
		expected, wantErr := os.ReadFile(filepath.Join(want, name))
		if err != nil || wantErr != nil || !bytes.Equal(got, expected) {
			t.Errorf("%s is not whole: %d bytes, want %d; %v, %v", name, len(got), len(expected), err, wantErr)
		}
	}
}

// A killed command leaves files that are whole or absent, and the next command removes its temporary files.
func TestKilledCommandLeavesWholeFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a command ten times")
	}
	if path := os.Getenv("DEMO_TEST_FILL"); path != "" {
		for {
			filled(t, path, "net")
		}
	}
	whole := filled(t, t.TempDir(), "net")
	for i := range 10 {
		path := t.TempDir()
		command := exec.Command(os.Args[0], "-test.run=^TestKilledCommandLeavesWholeFiles$")
		command.Env = append(os.Environ(), "DEMO_TEST_FILL="+path)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); demotest.List(t, path) == "" && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(i*i) * 10 * time.Millisecond)
		command.Process.Kill()
		command.Wait()
		age(t, path)
		if err := files.Clean(path); err != nil {
			t.Fatal(err)
		}
		sameAs(t, path, whole.Path)
	}
}
