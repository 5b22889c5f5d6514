package runs

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// -best takes the best checkpoint of the run, and tells if that was not kept.
func TestBestThatWasNotKept(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-data", demotest.IDXFolder(t), "-epochs", "4", "-keep", "4", "-save-every", "5")
	folder := filepath.Join(run, checkpointsName)
	for _, score := range scoreNames {
		if status, _, log := app.Call("eval", "-best", score, run); status != console.ExitOK {
			t.Errorf("all are kept, %s: status %d, %s", score, status, log)
		}
	}
	best, err := checkpoint.Best(folder, "train_loss", false)
	if err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(folder)
	if err != nil || best.Step != list[len(list)-1].Step {
		t.Fatalf("the loss falls from epoch to epoch, and the best is %+v of %+v, %v", best, list, err)
	}
	appendTo(t, filepath.Join(run, metricsName), `{"step":1000,"epoch":9,"train_loss":1e-9}`+"\n") // after the newest checkpoint
	if status, _, log := app.Call("eval", "-best", "train_loss", run); status != console.ExitOK {
		t.Errorf("a better epoch after the newest checkpoint: status %d, %s", status, log)
	}
	first := list[0].Step
	appendTo(t, filepath.Join(run, metricsName), `{"step":`+strconv.Itoa(first-1)+`,"epoch":0,"train_loss":1e-9,"val_accuracy":"NaN"}`+"\n")
	if err := os.Remove(list[0].Path); err != nil {
		t.Fatal(err)
	}
	status, _, log := app.Call("eval", "-best", "train_loss", run)
	if want := "got no checkpoint of the best train_loss, 1e-09 after " + strconv.Itoa(first) + " steps"; status != console.ExitFailure || !strings.Contains(log, want) {
		t.Errorf("status %d, want %q in\n%s", status, want, log)
	}
}
