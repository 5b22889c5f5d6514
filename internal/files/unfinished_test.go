package files

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// A process that ends in the midst of a write leaves nothing of it.
func TestAbandon(t *testing.T) {
	if folder := os.Getenv("FILES_TEST_ABANDON"); folder != "" {
		if err := Write(filepath.Join(folder, "whole"), text("whole")); err != nil {
			t.Fatal(err)
		}
		Write(filepath.Join(folder, "half"), func(w io.Writer) error {
			io.WriteString(w, "half")
			go Write(filepath.Join(folder, "late"), text("late"))
			Abandon()
			os.Exit(0)
			return nil
		})
	}
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: Windows does not remove open files")
	}
	folder := t.TempDir()
	command := exec.Command(os.Args[0], "-test.run=^TestAbandon$")
	command.Env = append(os.Environ(), "FILES_TEST_ABANDON="+folder)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	os.Remove(filepath.Join(folder, "late")) // whole or absent
	holds(t, folder, map[string]string{"whole": "whole"})
}
