package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// filled is a folder with the report of some networks.
func filled(t *testing.T, path string, names ...string) *folder {
	t.Helper()
	to, err := newFolder(path)
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

// list returns the names in a folder.
func list(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// everything lists the files of a report of the network "net".
const everything = "all-steps.png all-steps.svg first-step.png first-step.svg layers-by-step-net.png layers-by-step-net.svg " +
	"profiles.csv profiles.json report.html report.txt"

// A folder takes the files of one run at a time, and of the next one after the first has ended.
func TestFolderOfTwoRunsAtOnce(t *testing.T) {
	path := t.TempDir()
	first := filled(t, path, "net")
	report := []string{"report", "-formats", "text", "-out", path, filepath.Join(path, profilesName)}
	for _, args := range [][]string{append([]string{"-out", path}, tiny...), append([]string{"train", "-out", path}, tiny...), report} {
		status, _, log := call(args...)
		if want := path + ", to which another run is writing, want another folder"; status != exitFailure || !strings.Contains(log, want) {
			t.Errorf("demo %v: status %d, want %d and %q:\n%s", args, status, exitFailure, want, log)
		}
	}
	if got := list(t, path); got != everything {
		t.Errorf("the folder holds %s, want %s", got, everything)
	}
	first.close()
	if status, _, log := call(report...); status != exitOK {
		t.Errorf("after the first run: status %d:\n%s", status, log)
	}
}

// The folder's name is not a pattern: as a pattern "exp[1]" means exp1, and "x[y" is invalid.
func TestFolderOfAnyName(t *testing.T) {
	parent := t.TempDir()
	other := filled(t, filepath.Join(parent, "exp1"), "net")
	for _, name := range []string{"exp[1]", "x[y", "100% %s"} {
		to := filled(t, filepath.Join(parent, name), "net")
		if err := to.unsaved(); err != nil {
			t.Error(err)
		}
		if got := list(t, to.path); got != everything {
			t.Errorf("%s holds %s", name, got)
		}
	}
	if got := list(t, other.path); got != everything {
		t.Errorf("the other folder now holds %s", got)
	}
}

// age makes all files of a folder as old as those of a process that was killed long ago.
func age(t *testing.T, folder string) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	for _, name := range strings.Fields(list(t, folder)) {
		if err := os.Chtimes(filepath.Join(folder, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
}

// The command removes only files that it wrote.
func TestFolderKeepsForeignFiles(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "layers-by-step-old.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"layers-by-step-notes.txt", "layers-by-step-old.svg", ".gradflow-1.tmp"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	age(t, path)
	filled(t, path, "net")
	want := strings.Replace(everything, "net.svg", "net.svg layers-by-step-notes.txt layers-by-step-old.png", 1)
	if got := list(t, path); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPicturesOfDifferentNetworksHaveDifferentNames(t *testing.T) {
	var diagnoses []vanishing.Diagnosis
	for _, name := range []string{"plain ReLU + BN", "plain sigmoid", "a+b", "a b", "A-B", "普通", "残差", "", "con"} {
		diagnoses = append(diagnoses, vanishing.Diagnosis{Profile: vanishing.Profile{Name: name}})
	}
	const want = "plain-relu-bn plain-sigmoid a-b a-b-2 a-b-3 普通 残差 network _con"
	if got := strings.Join(pictureNames(diagnoses), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Of many networks only the first have pictures, and the command reports it.
func TestPicturesAreBounded(t *testing.T) {
	var names []string
	for i := range maxPictures + 1 {
		names = append(names, "net"+string(rune('a'+i)))
	}
	to := filled(t, t.TempDir(), names...)
	if n := strings.Count(list(t, to.path), "layers-by-step-"); n != 2*maxPictures {
		t.Errorf("%d pictures of single networks, want %d", n, 2*maxPictures)
	}
	if svg, err := os.ReadFile(filepath.Join(to.path, "all-steps.svg")); err != nil || !strings.Contains(string(svg), ": 12 of 13 networks") {
		t.Errorf("the picture of all does not tell that it shows 12 of 13: %v", err)
	}
	folder := t.TempDir()
	status, out, log := call("report", "-formats", "pictures", "-out", folder, filepath.Join(to.path, "profiles.json"))
	if status != exitOK || !strings.Contains(out, "The pictures show the first 12 of 13 networks.") {
		t.Errorf("status %d\n%s%s", status, out, log)
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
	to, err := newFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	err = writeReport(context.Background(), context.Background(), to, []result{observed("sick")}, &out)
	if got := status(context.Background(), err, &log); got != exitFailure {
		t.Errorf("status %d, want %d", got, exitFailure)
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
	to, err := newFolder(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer to.close()
	var out bytes.Buffer
	err = writeReport(context.Background(), context.Background(), to, []result{observed("net")}, &out)
	if err == nil || !strings.Contains(err.Error(), "report.html") || !strings.Contains(err.Error(), "(no space left on device)") {
		t.Errorf("got %v, want an error of the full disk", err)
	}
	if !strings.Contains(out.String(), "verdict") {
		t.Errorf("the summary is\n%s", out.String())
	}
	whole := filled(t, t.TempDir(), "net")
	sameAs(t, disk, whole.path)
	if _, err := readProfiles([]string{filepath.Join(disk, "profiles.json")}, report.JSONReader{}); err != nil {
		t.Error(err)
	}
}

// sameAs checks that the files in a folder are equal to those in another, byte by byte. Files may be absent.
func sameAs(t *testing.T, path, want string) {
	t.Helper()
	for _, name := range strings.Fields(list(t, path)) {
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
		for deadline := time.Now().Add(time.Minute); list(t, path) == "" && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(i*i) * 10 * time.Millisecond)
		command.Process.Kill()
		command.Wait()
		age(t, path)
		if err := files.Clean(path); err != nil {
			t.Fatal(err)
		}
		sameAs(t, path, whole.path)
	}
}
