package torch

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The layers of testdata/structures.py: path, depth, activation and norm, with a star for a projection on a skip; then the blocks.
var structures = map[string]string{
	"rnn":  "rnn 1, out 2",
	"lstm": "rnn 1, out 2",
	"gru":  "rnn 1, out 2",
	"cell": "cell 1, cell 1, cell 1, cell 1, cell 1, cell 1, out 2",
	"encoder": "embed 1, layers/0/self_attn 2 ln, layers/0/linear1 3 relu, layers/0/linear2 4 ln, " +
		"layers/1/self_attn 5 ln, layers/1/linear1 6 relu, layers/1/linear2 7 ln, out 8; layers/0/self_attn, layers/0, layers/1/self_attn, layers/1",
	"encoder_first": "embed 1, layers/0/self_attn 2, layers/0/linear1 3 relu, layers/0/linear2 4, " +
		"layers/1/self_attn 5, layers/1/linear1 6 relu, layers/1/linear2 7, out 8; layers/0/self_attn, layers/0, layers/1/self_attn, layers/1",
	"functional": "w 1 tanh, one 2 relu, two 3 relu, side 3*, out 4; block1",
	"towers":     "shared 1 relu, shared 1 relu, left 2 tanh, right 2 tanh, out 3",
	"unseen":     "first 1 relu, out 2",
	"broken":     "w 1 tanh, one 2 relu, two 3 relu, side 3*, out 4; block1",
	"long":       "w 1 tanh, one 2 relu, two 3 relu, side 3*, out 4; block1",
}

// verdicts of the networks that are not healthy.
var verdicts = map[string]vanishing.Verdict{"unseen": vanishing.Undetermined, "broken": vanishing.NonFinite}

// Models of many forms give valid profiles of their layers, and the verdict that they should.
func TestStructures(t *testing.T) {
	dir := t.TempDir()
	said := run(t, "testdata/structures.py", dir)
	for name, check := range map[string]func(*testing.T, string){"records are bounded": checkBounded, "steps without optimizer": checkWithoutOptimizer, "first recurrent layers": checkFirst,
		"stacks over depth": checkStacked} {
		t.Run(name, func(t *testing.T) { check(t, dir) })
	}
	if want := "step: got no gradient of this step, want loss.backward() before w.step(loss)"; !strings.Contains(said, want) {
		t.Errorf("a step without gradient: got %q, want %q", said, want)
	}
	if p := readProfile(t, filepath.Join(dir, "late", "profiles.json")); len(p.Records) != 3 || strings.Count(said, "the profile is not written for now: ") != 1 {
		t.Errorf("a file that cannot be written at first: got %d records, want 3 and one warning in\n%s", len(p.Records), said)
	}
	if strings.Contains(said, "compiled: ") { // PyTorch 2
		p := readProfile(t, filepath.Join(dir, "compiled.json"))
		if got := layersOf(p); got != structures["functional"] || !strings.Contains(said, "compiled: 2 of 8 steps") || !strings.Contains(said, "got a compiled model") {
			t.Errorf("a compiled model: got %s, and\n%s", got, said)
		}
	}
	for name, want := range structures {
		p := readProfile(t, filepath.Join(dir, name+".json"))
		if got := layersOf(p); got != want {
			t.Errorf("%s: got %s\nwant %s", name, got, want)
		}
		verdict, isSick := verdicts[name]
		if !isSick {
			verdict = vanishing.Healthy
		}
		if got := vanishing.Diagnose(p); got.Verdict != verdict {
			t.Errorf("%s: got %v, want %v: %s", name, got.Verdict, verdict, got.Sentence)
		}
		first := p.Records[0]
		if first.Details == nil || first.Details.Updates == nil || first.Histograms == nil || !(first.Clip > 0 && first.Clip < 1) && name != "broken" {
			t.Errorf("%s: got clip %g and details %v, want all tiers in the first record, and clipped gradients", name, first.Clip, first.Details != nil)
		}
		if len(p.History) != 1 || !p.HasLoss() {
			t.Errorf("%s: got history %v, want one epoch, and losses", name, p.History)
		}
	}
}

// A long run keeps no more records than it may, evenly spaced.
func checkBounded(t *testing.T, dir string) {
	t.Helper()
	p := readProfile(t, filepath.Join(dir, "long.json"))
	if n := len(p.Records); n > 8 || n < 4 || p.Sampling.Steps != 41 || p.Sampling.Recorded != 41 || p.Sampling.Kept != n {
		t.Errorf("got %d records of %+v, want at most 8 of 41", n, p.Sampling)
	}
	if last := p.Records[len(p.Records)-1].Step; last != 40 {
		t.Errorf("last record: got step %d, want 40", last)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".gradflow-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files: got %v, want none", left)
	}
}

// Without an optimizer no update is recorded. The gradients of several batches are those of their sum.
func checkWithoutOptimizer(t *testing.T, dir string) {
	t.Helper()
	p := readProfile(t, filepath.Join(dir, "accumulated.json"))
	if len(p.Records) != 3 || p.Optimizer != nil || p.Records[0].Details == nil || p.Records[0].Details.Updates != nil || p.Records[2].Step != 2 {
		t.Errorf("got %d records, optimiser %v, want 3 without updates", len(p.Records), p.Optimizer)
	}
	if w := p.Weights()[0]; w < 0 || p.Records[0].Params[w].GradL2 == 0 {
		t.Errorf("got no gradient of the first weight, want one")
	}
}

// Of recurrent layers those are first that no other one comes before. The profile holds the largest rate of dropout.
func checkFirst(t *testing.T, dir string) {
	t.Helper()
	p := readProfile(t, filepath.Join(dir, "stack.json"))
	first := make(map[string]bool)
	for _, l := range p.Layers {
		if l.Recurrent {
			first[l.Path] = l.FirstRecurrent
		}
	}
	if want := map[string]bool{"lower": true, "upper": false, "beside": true}; !maps.Equal(first, want) {
		t.Errorf("got %v, want %v", first, want)
	}
	if p.Dropout != 0.6 || p.Framework != profile.PyTorch {
		t.Errorf("got a dropout of %g and the framework %q, want 0.6 and %q", p.Dropout, p.Framework, profile.PyTorch)
	}
	if p := readProfile(t, filepath.Join(dir, "functional.json")); p.Dropout != 0 {
		t.Errorf("got a dropout of %g without one", p.Dropout)
	}
}

// A weight that is applied to its own output is a stack over depth, and one that reads new data at each step is recurrent.
func checkStacked(t *testing.T, dir string) {
	t.Helper()
	p := readProfile(t, filepath.Join(dir, "shared.json"))
	stacked := make(map[string]bool)
	for _, l := range p.Layers {
		if l.Recurrent {
			stacked[l.Path] = l.Stacked
		}
	}
	if want := map[string]bool{"deep": true, "injected": true, "joined": false, "sliced": false, "parts": false}; !maps.Equal(stacked, want) {
		t.Errorf("got %v, want %v", stacked, want)
	}
}

// The README shows the commands of the example.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"pip install torch", "python examples/torch/train.py", "go run ./cmd/demo report profiles.json"} {
		if !strings.Contains(string(readme), "\n"+command) {
			t.Errorf("the README does not show %q", command)
		}
	}
}

// The example writes the profile of a network whose gradient vanishes.
func TestExample(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profiles.json")
	run(t, "../../examples/torch/train.py", "--steps", "12", "--out", file)
	p := readProfile(t, file)
	if d := vanishing.Diagnose(p); d.Verdict != vanishing.Vanishing || len(p.Records) != 12 || p.Baseline == 0 {
		t.Errorf("got %v of %d records: %s", d.Verdict, len(p.Records), d.Sentence)
	}
}

func layersOf(p profile.Profile) string {
	var layers, blocks []string
	for _, l := range p.Layers {
		text := strings.Join(strings.Fields(fmt.Sprint(l.Path, " ", l.Depth, " ", l.Activation, " ", l.Norm)), " ")
		if l.OnSkip {
			text += "*"
		}
		layers = append(layers, text)
	}
	for _, b := range p.Blocks {
		blocks = append(blocks, b.Path)
	}
	text := strings.Join(layers, ", ")
	if blocks != nil {
		text += "; " + strings.Join(blocks, ", ")
	}
	return text
}
