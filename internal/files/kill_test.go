package files

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killed is what the writers in TestKilledWriters write: larger than one write of the system.
var killed = map[string]string{"a": strings.Repeat("a", 1<<20), "b": strings.Repeat("b", 3<<20)}

// A process that is killed while it writes leaves files that are whole or absent, and temporaries that Clean removes.
func TestKilledWriters(t *testing.T) {
	if folder := os.Getenv("FILES_TEST_KILLED"); folder != "" {
		os.Stdout.WriteString("begun")
		for {
			for name, s := range killed {
				if err := Write(filepath.Join(folder, name), text(s)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	leftOver := 0
	for range 20 {
		folder := t.TempDir()
		command := exec.Command(os.Args[0], "-test.run=^TestKilledWriters$")
		command.Env = append(os.Environ(), "FILES_TEST_KILLED="+folder)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(30_000)) * time.Microsecond)
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		command.Wait()
		before, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		age(t, folder)
		if err := Clean(folder); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		leftOver += len(before) - len(after)
		for _, entry := range after {
			got, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			if want, found := killed[entry.Name()]; err != nil || !found || string(got) != want {
				t.Errorf("%s holds %d bytes, %v; want %d", entry.Name(), len(got), err, len(want))
			}
		}
	}
	t.Logf("%d of 20 kills left a temporary file", leftOver)
}

// age makes all files of a folder as old as those of a process that was killed long ago.
func age(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		long := time.Now().Add(-2 * stale)
		if err := os.Chtimes(filepath.Join(folder, entry.Name()), long, long); err != nil {
			t.Fatal(err)
		}
	}
}
