//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// On a disk that is full a run goes on without checkpoints, or ends if they are required. The last one that was written stays whole.
func TestRunOnAFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=512k", "none", disk)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	images, filler := demotest.IDXFolder(t), filepath.Join(disk, "filler")
	for _, required := range []string{"false", "true"} {
		folder := filepath.Join(disk, required)
		p := start(t, "train", "-data", images, "-depth", "3", "-width", "16", "-batch", "8", "-epochs", "1000000", "-save-every", "5", "-keep", "1",
			"-save-required="+required, "-out", folder)
		p.waitFor("epoch 3/")
		for range 20 { // until no old checkpoint makes room any more
			if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
				t.Error("the disk is not full")
			}
			time.Sleep(10 * time.Millisecond)
		}
		p.waitFor("could not be written, earlier ones are whole")
		if required == "false" {
			p.waitFor("epoch ") // it goes on
			p.signal(os.Interrupt)
		}
		status := p.end()
		if log := p.logged(); status != console.ExitFailure || !strings.Contains(log, "no space left on device") {
			t.Errorf("required %s: status %d\n%s", required, status, log)
		}
		c, passed, err := checkpoint.Newest(filepath.Join(folder, checkpointsName))
		if err != nil || len(passed) > 0 || c == nil || c.Step < 5 {
			t.Errorf("required %s: the newest checkpoint: %v, %v, %v", required, c, passed, err)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
}
