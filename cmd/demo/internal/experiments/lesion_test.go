package experiments

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// demo lesion trains the two networks, and prints and draws what they lose.
func TestLesion(t *testing.T) {
	status, out, files := app.Report(t, "lesion", "-model", "resnet8", "-subset", "64", "-batch", "16", "-epochs", "1", "-images", "10")
	if status != console.ExitOK {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{
		"images: 64 to train on, 10 to measure", "without         resnet8   plain8\n", "nothing ", "layer1/block1 ", "layer2/block1 ", " *", "   -\n",
		"plain8: ", "Written to FOLDER: lesion.png, lesion.svg, lesion.txt.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not show %q:\n%s", want, out)
		}
	}
	for _, name := range []string{"lesion.png", "lesion.svg", "lesion.txt"} {
		if len(files[name]) < 100 {
			t.Errorf("%s has %d bytes", name, len(files[name]))
		}
	}
}

// Parameters of files are taken as they are; those of another network are refused.
func TestLesionOfSavedParameters(t *testing.T) {
	folders := map[string]string{}
	for _, model := range []string{"resnet8", "plain8"} {
		folders[model] = t.TempDir()
		if status, _, log := app.Call("train", "-model", model, "-subset", "32", "-batch", "16", "-epochs", "1", "-out", folders[model]); status != console.ExitOK {
			t.Fatalf("status %d\n%s", status, log)
		}
	}
	file := func(model string) string { return filepath.Join(folders[model], reportdir.ParamsName) }
	args := []string{"lesion", "-subset", "64", "-images", "10", "-out", t.TempDir(), "-plain", file("plain8"), "-params", folders["resnet8"]} // a run's folder will do
	status, out, log := app.Call(append(args, "-model", "resnet8")...)
	if status != console.ExitOK || strings.Contains(log, "epoch") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	if status, _, log := app.Call(append(args, "-model", "resnet14")...); status != console.ExitFailure ||
		!strings.Contains(log, "-params: resnet14: ") || !strings.Contains(log, "by -model") || strings.Contains(log, "Assignment") {
		t.Errorf("status %d\n%s", status, log)
	}
	none := filepath.Join(t.TempDir(), "none")
	if status, _, log := app.Call(append(args, "-model", "resnet8", "-plain", none)...); status != console.ExitFailure || !strings.Contains(log, "demo: -plain: stat "+none) {
		t.Errorf("status %d\n%s", status, log)
	}
	if status, _, log := app.Call("lesion", "-model", "resnet8", "-subset", "64", "-epochs", "1", "-plain", none); status != console.ExitFailure || strings.Contains(log, "epoch") {
		t.Errorf("a network was trained before the missing file of the other one was told: status %d\n%s", status, log)
	}
	if status, _, log := app.Call("lesion", "-params", t.TempDir()); status != console.ExitFailure || !strings.Contains(log, "want the folder of a run of demo train -model") {
		t.Errorf("status %d\n%s", status, log)
	}
	if status, _, log := app.Call("lesion", "-model", "plain8"); status != console.ExitUsage || !strings.Contains(log, `got "plain8"`) {
		t.Errorf("status %d\n%s", status, log)
	}
}
