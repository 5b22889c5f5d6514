package network

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

func TestTheory(t *testing.T) {
	status, out, log := app.Call("theory", "-activation", "sigmoid", "-depth", "3", "-width", "16")
	const want = `plain sigmoid: expected by mean-field theory before training, for a batch of 64 unrelated inputs of mean square 1

depth  layer   q      chi     log10 RMS(delta)
1      dense1  1.96   0.0373  -1.36 ± 0.05
2      dense2  0.318  0.0546  -0.64 ± 0.03
3      dense3  0.267  0.0685  0
4      dense4  0.326  -       -

q: mean square of the pre-activations, which the layer's activation reads. chi: factor by which the
square of delta changes on its way back from the next layer. delta: gradient of the loss with
respect to the pre-activations; its root mean square (RMS) is relative to layer 3, in decades
(factors of ten), ± one standard deviation over initialisations.

- From layer 3 back to layer 1 the gradient changes by -1.36 ± 0.05 decades: less than the factor of
  1000 that is called vanishing or exploding.
- Plain networks of this kind train up to some 2 layers, six times the correlation scale: over 0.3
  layers two inputs come nearer to their final likeness by a factor of e. This one has 4, too many.
- The weights have the variance 1/16 (standard deviation 0.25). With 103/16 (-init normal:2.54) chi
  would come to 1 in deep networks, where gradients neither vanish nor explode.
- At the average rate a gradient of size 1 at the output leaves the range of float32 after 66
  layers.
- The slopes of the activations give the logarithm of the squared gradient at layer 1 a variance of
  beta = 0.069 over initialisations: one initialisation is like another.
- The cross-entropy starts at 2.45; it is 2.3 for a network that gives all 10 classes the same
  probability.
`
	if status != console.ExitOK || out != want || log != "" {
		t.Errorf("status %d, got\n%s%s\nwant\n%s", status, out, log, want)
	}
}

// What is said of a network depends on its kind.
func TestTheoryOfKinds(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-activation tanh -init normal:0.15 -depth 400", "This one has 401, too many."},
		{"-activation tanh -init normal:0.15 -depth 30", "This one has 31, few enough."},
		{"-depth 30", "With it chi comes to 1"},
		{"-init normal:0.1", "(-init normal:0.177) chi would come to 1"},
		{"-init normal:1 -depth 20", "it explodes"},
		{"-activation softplus -depth 5", "With no variance would chi stay at 1"},
		{"-init constant:0", "No gradient reaches layer 1: it is exactly zero there."},
		{"-depth 1", "With one hidden layer"},
		{"-width 8 -depth 90", "above 1 one initialisation is unlike the next"},
		{"-norm ln", "no largest depth"},
		{"-depth 5 -skip 2 -norm ln", "of 2 branches on average"},
	} {
		status, out, log := app.Call(append([]string{"theory"}, strings.Fields(c.args)...)...)
		if text := strings.Join(strings.Fields(out), " "); status != console.ExitOK || !strings.Contains(text, c.want) || strings.Contains(text, "NaN") {
			t.Errorf("demo theory %s: status %d, want a text with %q and no NaN:\n%s%s", c.args, status, c.want, out, log)
		}
	}
	if _, out, _ := app.Call("theory", "-depth", "1"); strings.Contains(out, "float32") {
		t.Errorf("over one hidden layer there is no average rate, got\n%s", out)
	}
	_, out, _ := app.Call("theory", "-depth", "200")
	if rows := strings.Count(out, "\n"); rows > 50 {
		t.Errorf("of 200 layers the command prints %d lines, want a table of some 20 rows", rows)
	}
}

// Of networks that theory does not cover the command tells why, and exits with 1.
func TestTheoryOfOthers(t *testing.T) {
	for _, c := range []struct {
		args, want string
		status     int
	}{
		{"-init uniform:0,1", "does not cover plain relu, uniform(low=0, high=1): theory covers only weights with mean 0: the mean of dense1/weight is 0.5", console.ExitFailure},
		{"-norm bn -batch 1", `invalid value "1" for -batch: got "1", want at least 2 with -norm bn: one sample has no variance`, console.ExitUsage},
		{"-norm bn -batch 4", "(use a larger batch)\n", console.ExitFailure},
		{"-depth 4 -skip 2", "want 3 or 5", console.ExitUsage}, {"-epochs 2", "unknown flag", console.ExitUsage}, {"more", `begin with "-"`, console.ExitUsage},
	} {
		status, out, log := app.Call(append([]string{"theory"}, strings.Fields(c.args)...)...)
		if status != c.status || out != "" || !strings.Contains(log, c.want) {
			t.Errorf("demo theory %s: status %d, want %d and a text with %q:\n%s%s", c.args, status, c.status, c.want, out, log)
		}
	}
}

// The picture goes to the folder of -out, or to that of this run.
func TestEdgeOfChaosPicture(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, folder := range map[string]string{"-out made": "made", "-chaos": filepath.Join(reportdir.Runs, "2*-theory")} {
		status, out, log := app.Call(append([]string{"theory", "-depth", "2"}, strings.Fields(args)...)...)
		if status != console.ExitOK || !strings.Contains(out, "edge-of-chaos.png, edge-of-chaos.svg.") {
			t.Errorf("demo theory %s: status %d:\n%s%s", args, status, out, log)
		}
		svg, err := filepath.Glob(filepath.Join(folder, "edge-of-chaos.svg"))
		if err != nil || len(svg) != 1 {
			t.Fatalf("demo theory %s: pictures %v, want one in %s (%v)", args, svg, folder, err)
		}
		text, err := os.ReadFile(svg[0])
		if err != nil || !strings.Contains(string(text), "this network") {
			t.Errorf("demo theory %s: the network is not on the map (%v)", args, err)
		}
	}
	if status, _, log := app.Call("theory", "-depth", "2", "-out", "/dev/null/made"); status != console.ExitFailure || !strings.Contains(log, "-out") {
		t.Errorf("a folder that cannot be: status %d, %s", status, log)
	}
}
