package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

var update = flag.Bool("update", false, "write testdata/mistakes.txt anew")

// mistakes are wrong command lines.
var mistakes = []string{
	"trian", "tell me", "-dpeth 3", "train -epoch 3", "check -epochs 3", "-learning-rate 3", "--version",
	"-depth", "-depth=", "train -depth abc", "-depth 0", "-depth 3.5", "-depth -1", "train -width 99999", "-depth 30", "train -depth 10 -skip 4",
	"-activation tahn", "-activation swoosh", "-norm batch", "-init foo", "-init normal:-1", "-init normal:x", "-init he_normal:1,2", "-init normal", "-optimizer adm",
	"-lr 0", "train -lr -1", "-lr NaN", "-lr fast", "-seed -1", "-batch 1", "-subset 10", "train -image-size 32", "-image-size 5000", "-out=",
	"train depth 3", "train more", "-- -depth 5", "train -- --depth=5", "-3", "-epochs 3 train", "check -steps 0", "check -no-remedies=maybe",
	"train -serve 0.0.0.0:8080", "train -serve :8080", "train -serve=web", "train -serve 99999", "train 8080",
	"report", "compare", "report -formats pdf a.json", "report -formats htlm a.json", "compare -max-size 0 a.json", "live", "live a.json b.json", "live -", "live -serve web a.json", "live -serve 0.0.0.0:8080 a.json",
	"train -save-every soon", "train -best loss", "train -keep 0", "train -resume nowhere", "train -resume nowhere -depth 3", "train -stop-on-nan=maybe", "train -dist -sync-bn -sharpness 3",
	"runs a b", "eval nowhere", "eval", "eval -best vall_loss", "predict", "predict nowhere x.png", "sample nowhere", "sample", "sample -temperature 0", "sample -characters 0", "export nowhere", "export -model resnt20", "export -model resnet20 nowhere", "export a b", "convert", "convert a.npz", "replay -step -2", "replay nowhere",
	"structure -epochs 1", "summary -model resnt20", "summary -model vgg16", "summary -channels 0", "lesion -model resnt20", "train -model resnt20", "train -augment", "train -text x.txt", "train -model resnet20 -heads 2", "train -model gpt -heads 5", "train -model gpt -width 1", "rate -from 1 -to 0.1", "train -model gpt -width 6 -heads 4", "train -model lstm -heads 2", "train -model lstm -dropout 1", "train -dropout 0.5", "train -model gpt -subset 320", "train -model gru -norm bn", "train -model ltsm", "train -time soon", "train -time -1s", "lesion -model plain20", "shatter -inputs 2",
	"features -image x", "degradation -depths 8,9", "memory -lags 1", "memory -longest x", "scale -widths 8,16,20", "scale -families mlp,x", "version now", "help trian", "completion", "completion tcsh", "completion bash zsh", "-depth a -width b",
}

// Every mistake prints two lines: what was given and wanted, and what to do.
func TestMistakes(t *testing.T) {
	golden, err := filepath.Abs("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var b strings.Builder
	for _, line := range mistakes {
		status, out, log := app.Call(strings.Fields(line)...)
		if status != console.ExitUsage || out != "" || strings.Count(log, "\n") != 2 || !strings.HasPrefix(log, "demo: ") {
			t.Errorf("demo %s: status %d, want %d and two lines:\n%s%s", line, status, console.ExitUsage, out, log)
		}
		b.WriteString("$ demo " + line + "\n" + log + "\n")
	}
	if got := demotest.List(t, "."); got != "" {
		t.Errorf("mistakes made %s", got)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
