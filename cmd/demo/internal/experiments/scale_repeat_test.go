package experiments

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/internal/lang"
)

// repeated is the comparison of checks with the same exponent but for a second one, and of searches with two powers.
func repeated(t *testing.T, here, there scaleCheck, power [3]number) scaleResults {
	t.Helper()
	sweep := func(best float64, power [3]number) scaleSweep {
		return scaleSweep{Family: "mlp", Sizes: []int{8, 64}, Best: []float64{0.01, best}, Edge: []bool{false, false}, Power: power}
	}
	r := scaleResults{Settings: scaleSettings{Seeds: 3, Seed: 1}, Checks: []scaleCheck{here}, Sweeps: []scaleSweep{sweep(0.002, [3]number{-0.7, -0.8, -0.6})}}
	other := scaleResults{Settings: scaleSettings{Seeds: 3, Seed: 101}, Checks: []scaleCheck{there}, Sweeps: []scaleSweep{sweep(0.003, power)}}
	for range 2 { // the second comparison takes the place of the first
		r.compare(other)
	}
	if len(r.Repeats) != 1 {
		t.Fatalf("got %d comparisons, want 1", len(r.Repeats))
	}
	return r
}

// What does not hold with other networks is said.
func TestScaleOfOtherNetworks(t *testing.T) {
	for _, c := range []struct {
		here, there scaleCheck
		want        []string
	}{
		{checked(1, 0.1), checked(0.95, 0.1), []string{"1 of 1 verdicts are the same.", "0 of 2 exponents have intervals without a common number.",
			"The largest difference of two exponents is 0.05, of the update of dense2 in mlp over the width, standard."}},
		{checked(1, 0.1), checked(0, 0.1), []string{"0 of 1 verdicts are the same.", "mlp over the width, standard: the law is muP.", "2 of 2 exponents have intervals without a common number."}},
		{checked(1, 0.1), checked(0.5, 0.6), []string{"0 of 1 verdicts are the same.", "mlp over the width, standard: no law alone."}},
		{checked(0, 0.01), checked(0.5, 0.36), []string{"0 of 1 verdicts are the same."}},
	} {
		r := repeated(t, c.here, c.there, [3]number{-0.01, -0.5, 0.5})
		var b strings.Builder
		scalePage{scaleResults: r, say: lang.English}.repeats(&b)
		for _, want := range append(c.want, "- **Seeds 101 to 103**, instead of 1 to 3:", "not the same answer with all seeds for mlp, standard.", "| mlp, standard | 1–3 | -0.70 ± 0.10 | yes |  |", "| mlp, standard | 101–103 | -0.01 ± 0.50 | undetermined | × 1.50 |") {
			if !strings.Contains(b.String(), want) {
				t.Errorf("got\n%s\nwant %q", b.String(), want)
			}
		}
	}
}

// A comparison stays in the file and on the page; results of other settings, or of the same networks, are refused.
func TestScaleWith(t *testing.T) {
	here, there := filepath.Join(t.TempDir(), "here"), filepath.Join(t.TempDir(), "there")
	args := []string{"scale", "-families", "mlp", "-widths", "8,16,24", "-steps", "1", "-seeds", "1", "-rates", "0", "-out"}
	call := func(want int, args ...string) string {
		status, _, log := app.Call(args...)
		if status != want {
			t.Fatalf("%v: status %d, want %d\n%s", args, status, want, log)
		}
		return log
	}
	call(console.ExitOK, append(args, there, "-seed", "5")...)
	other := filepath.Join(there, scaleName)
	call(console.ExitOK, slices.Concat(args, []string{here, "-with", other})...)
	call(console.ExitOK, append(args, here)...)
	page, err := os.ReadFile(filepath.Join(here, "scale.md"))
	if err != nil || !strings.Contains(string(page), "- **Seeds 5 to 5**, instead of 1 to 1: ") {
		t.Errorf("%v\n%s", err, page)
	}
	if log := call(console.ExitFailure, slices.Concat(args, []string{filepath.Join(t.TempDir(), "steps"), "-steps", "2", "-with", other})...); !strings.Contains(log, "got the settings -widths 8,16,24 -depths 4,8,16,32,64 -optimizer adam -lr 0.0001 -steps 1 -seeds 1 -seed 5 -rates 0, want -widths ") {
		t.Errorf("results of other settings: %s", log)
	}
	if log := call(console.ExitFailure, append(args, there, "-seed", "5", "-with", other)...); !strings.Contains(log, "with another seed") {
		t.Errorf("results of the same networks: %s", log)
	}

	if log := call(console.ExitFailure, append(slices.Clone(args), filepath.Join(t.TempDir(), "residual"), "-families", "residual1", "-with", other)...); !strings.Contains(log, "got no check of residual1") {
		t.Errorf("results of another family: %s", log)
	}

	fresh := filepath.Join(t.TempDir(), "fresh")
	call(console.ExitFailure, slices.Concat(args, []string{fresh, "-with", "nowhere.json"})...)
	if _, err := os.Stat(filepath.Join(fresh, scaleName)); !os.IsNotExist(err) {
		t.Errorf("networks were trained before the file of -with was read: %v", err)
	}
}
