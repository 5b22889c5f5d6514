package runs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// lightFile is a file with a short text.
func lightFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "light.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("By the Rays of Light I understand its least Parts.\n", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// smallText are the flags of a language model that trains in a moment.
func smallText(model, file, folder string) []string {
	return []string{"train", "-model", model, "-text", file, "-depth", "1", "-width", "16", "-length", "16", "-batch", "8", "-epochs", "2", "-out", folder}
}

// Each model learns a text, keeps its run, and writes text that the seed determines.
func TestTextRuns(t *testing.T) {
	file := lightFile(t)
	for _, model := range []string{"gpt", "lstm", "gru", "rnn"} {
		folder := filepath.Join(t.TempDir(), model)
		status, out, log := app.Call(smallText(model, file, folder)...)
		if status != console.ExitOK || !strings.Contains(out, "network: "+model+", layers: 1 of width 16; epochs: 2") ||
			!strings.Contains(out, "bits a character\n1  ") || !strings.Contains(log, "epoch 2: ") {
			t.Fatalf("%s: status %d\n%s%s", model, status, out, log)
		}
		for name, want := range map[string]string{
			configName: "model: " + model + "\n", infoName: `"vocabulary": "\n .BILPR`, metricsName: "val_loss", reportdir.ParamsName: "embedding", "report.txt": "held-out loss",
		} {
			if content, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Contains(content, []byte(want)) {
				t.Errorf("%s: %s has no %q: %v", model, name, want, err)
			}
		}
		sample := func(args ...string) string {
			status, out, log := app.Call(append(append([]string{"sample", "-characters", "40", "-prompt", "By"}, args...), folder)...)
			if status != console.ExitOK || !strings.HasPrefix(out, "By") || len(out) != len("By")+40+1 {
				t.Errorf("%s: sample %v: status %d, %q\n%s", model, args, status, out, log)
			}
			return out
		}
		if first := sample(); sample() != first || sample("-seed", "2") == first || sample("-top", "1", "-seed", "2") != sample("-top", "1") {
			t.Errorf("%s: the text does not follow from the seed", model)
		}
	}
}

// A text of one character has nothing to predict, and its scores would mean nothing.
func TestTextOfOneCharacter(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, bytes.Repeat([]byte("a"), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `-text: got a text of the character "a" alone, want at least two different ones`
	if status, _, log := app.Call(smallText("lstm", file, t.TempDir())...); status != console.ExitFailure || !strings.Contains(log, want) {
		t.Errorf("status %d, want %d and %q:\n%s", status, console.ExitFailure, want, log)
	}
}

// A text run goes on with -resume, is repeated by -config, is scored, and is refused where images are wanted.
func TestTextRunGoesOn(t *testing.T) {
	file, dir := lightFile(t), t.TempDir()
	short, long, again := filepath.Join(dir, "short"), filepath.Join(dir, "long"), filepath.Join(dir, "again")
	for _, args := range [][]string{
		append(smallText("lstm", file, short), "-lr", "0.01", "-optimizer", "adam"),
		{"train", "-config", filepath.Join(short, configName), "-out", again},
		{"train", "-config", filepath.Join(short, configName), "-epochs", "3", "-out", long},
		{"train", "-resume", long, "-epochs", "3"},
		{"eval", short},
		{"replay", "-step", "5", short},
	} {
		if status, _, log := app.Call(args...); status != console.ExitOK {
			t.Fatalf("%v: status %d\n%s", args, status, log)
		}
	}
	for _, name := range []string{configName, metricsName} {
		a, errA := os.ReadFile(filepath.Join(short, name))
		b, errB := os.ReadFile(filepath.Join(again, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v, %v", name, errA, errB)
		}
	}
	for _, command := range [][]string{{"predict", short, "x.png"}, {"export", short}} {
		if status, _, log := app.Call(command...); status != console.ExitUsage || !strings.Contains(log, "a run on a text, want one on images") {
			t.Errorf("%v: status %d\n%s", command, status, log)
		}
	}
	if status, _, log := app.Call("sample", "-prompt", "Zz", short); status != console.ExitUsage || !strings.Contains(log, `has no "Z"`) {
		t.Errorf("status %d\n%s", status, log)
	}
	if err := os.WriteFile(file, []byte(strings.Repeat("Other characters: 0123456789.\n", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, log := app.Call("train", "-resume", long, "-epochs", "4"); status != console.ExitFailure || !strings.Contains(log, "want the same text") {
		t.Errorf("another text: status %d\n%s", status, log)
	}
}

// A text run that goes on from an earlier checkpoint ends in the same weights, and its steps are repeated bit by bit.
func TestTextRunIsRepeated(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	args := append(smallText("gpt", lightFile(t), folder), "-heads", "2", "-save-every", "5", "-keep", "9", "-seed", "3")
	if status, _, log := app.Call(args...); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	if status, out, log := app.Call("replay", "-step", "9", folder); status != console.ExitOK || !strings.Contains(out, "the same as in the run, bit by bit, in 2 of 2 steps") {
		t.Errorf("replay: status %d\n%s%s", status, out, log)
	}
	want, err := os.ReadFile(filepath.Join(folder, reportdir.ParamsName))
	if err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(filepath.Join(folder, checkpointsName))
	if err != nil || len(list) < 3 {
		t.Fatalf("%d checkpoints, %v", len(list), err)
	}
	for _, e := range list {
		if e.Step > 5 {
			os.Remove(e.Path)
		}
	}
	if status, _, log := app.Call("train", "-resume", folder); status != console.ExitOK || !strings.Contains(log, "going on at step 5 of 14") {
		t.Fatalf("status %d\n%s", status, log)
	}
	if got, err := os.ReadFile(filepath.Join(folder, reportdir.ParamsName)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("other weights: %v", err)
	}
}

// Texts that are too short say what they need, and a run on images writes no text.
func TestTextMistakes(t *testing.T) {
	file, folder := lightFile(t), filepath.Join(t.TempDir(), "run")
	for want, args := range map[string][]string{
		"got 1020 characters, want more than 2000": {"-length", "200"},
		"want at most 57, the windows to train on": {"-batch", "100"},
	} {
		if status, _, log := app.Call(append(smallText("gru", file, folder), args...)...); status != console.ExitFailure || !strings.Contains(log, want) {
			t.Errorf("%v: status %d, want %q in\n%s", args, status, want, log)
		}
	}
	if status, _, log := app.Call("train", "-model", "gru", "-text", file+"s"); status != console.ExitFailure || !strings.Contains(log, "-text: ") {
		t.Errorf("no file: status %d\n%s", status, log)
	}
	app.Train(t, folder, "-subset", "32")
	if status, _, log := app.Call("sample", folder); status != console.ExitUsage || !strings.Contains(log, "a run on images, want one on a text") {
		t.Errorf("status %d\n%s", status, log)
	}
}

// A device without end is refused: it would fill the memory.
func TestDeviceAsText(t *testing.T) {
	info, err := os.Stat("/dev/zero")
	if err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Skipf("SKIPPED: no device /dev/zero: %v", err)
	}
	const want = "-text: text: /dev/zero: got a device, want a file or pipe"
	if status, _, log := app.Call(smallText("rnn", "/dev/zero", t.TempDir())...); status != console.ExitFailure || !strings.Contains(log, want) {
		t.Errorf("status %d, want %d and %q:\n%s", status, console.ExitFailure, want, log)
	}
}

// Nor do the files of a run, and its checkpoints, lead to one.
func TestDeviceInARun(t *testing.T) {
	info, err := os.Stat("/dev/zero")
	if err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Skipf("SKIPPED: no device /dev/zero: %v", err)
	}
	folder := t.TempDir()
	for name, read := range map[string]func(path string) error{
		infoName:                      func(string) error { _, err := readInfo(folder); return err },
		metricsName:                   func(path string) error { return metricsLines(path, func([]byte) error { return nil }) },
		"0.safetensors":               func(path string) error { _, err := checkpoint.Read(path); return err },
		spikesName + "/" + eventsName: func(string) error { _, err := readEvents(folder); return err },
	} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/zero", path); err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
		if err := read(path); err == nil || !strings.Contains(err.Error(), path+": got a device, want a regular file") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}
