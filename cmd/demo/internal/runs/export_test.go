package runs

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/exchange/onnx"
)

// demo export writes the network of a run, or one that is not trained, as a file that can be read again.
func TestExport(t *testing.T) {
	healthy, _ := app.Recorded(t)
	run, out := filepath.Dir(healthy), filepath.Join(t.TempDir(), "x.onnx")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-o", out, run}, console.ExitOK, "x.onnx: opset 17, input of shape [batch 784]\nImages are values of 0 to 1, minus the mean ["},
		{[]string{"-o", out, "-lang", "zh", run}, console.ExitOK, "减去每个通道的均值"},
		{[]string{"-o", out, "-model", "preresnet20", "-channels", "1"}, console.ExitOK, "input of shape [batch 1 32 32]"},
		{[]string{"-o", filepath.Join(out, "x"), run}, console.ExitFailure, "-o"},
		{[]string{"-model", "resnet20", run}, console.ExitUsage, "want one of them"},
	} {
		status, text, log := app.Call(append([]string{"export"}, c.args...)...)
		if status != c.status || !strings.Contains(text+log, c.want) {
			t.Errorf("%v: status %d, want %d and %q in\n%s%s", c.args, status, c.status, c.want, text, log)
		}
	}
	file, err := onnx.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if in, _ := file.Ports(); len(in) != 1 || in[0].Axes[0] != "batch" || in[0].Shape[1] != 1 {
		t.Errorf("got the inputs %+v, want one of images with one channel", in)
	}
}
