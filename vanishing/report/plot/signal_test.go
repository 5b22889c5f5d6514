package plot

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// signals are of blocks whose variance grows by one each, times a factor.
func signals(blocks int, factor float64) (list []profile.BlockSignal) {
	for i := range blocks {
		v := profile.Number(factor * float64(i+1))
		list = append(list, profile.BlockSignal{SquaredMean: v / 100, Variance: v, BranchVariance: profile.Number(factor)})
	}
	return list
}

// withBlocks is a profile with four residual blocks.
func withBlocks() vanishing.Profile {
	p := reporttest.Residual(8)
	for i := range 4 {
		p.Blocks = append(p.Blocks, profile.Block{Path: "block", First: 2 * i, Last: 2*i + 1})
	}
	return p
}

func TestSignalShowsWhatIsMeasuredAndExpected(t *testing.T) {
	p := withBlocks()
	p.Records[0].Signal, p.Records[len(p.Records)-1].Signal = signals(len(p.Blocks), 1), signals(len(p.Blocks), 3)
	p.Theory = &profile.Theory{Signal: signals(len(p.Blocks), 1.1)}
	f, err := Signal(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">step 0<", ">expected at initialisation<", ">variance<", ">variance of the branch<", ">squared mean<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if _, err := Signal(vanishing.Diagnose(reporttest.Residual(8))); !errors.Is(err, ErrEmpty) {
		t.Errorf("without a signal: error %v, want ErrEmpty", err)
	}
}

// A linear axis has round numbers, not too few.
func TestLevelTicks(t *testing.T) {
	for high, want := range map[float64]string{4.6: "0 1 2 3 4", 0.044: "0 0.01 0.02 0.03 0.04", 1.23: "0 0.5 1", 2.8: "0 0.5 1 1.5 2 2.5", 6.1e8: "0 2e+08 4e+08 6e+08"} {
		var labels []string
		for _, tick := range (levelTicks{}).Ticks(0, high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("up to %g: got %q, want %q", high, got, want)
		}
	}
}

// An exploding signal has a logarithmic axis, a dead one, NaN and infinity have marks.
func TestSignalOfSickNetworks(t *testing.T) {
	p := withBlocks()
	list := signals(len(p.Blocks), 1)
	list[1].Variance, list[0].Variance = 1e12, 0
	p.Records[0].Signal = list
	f, err := Signal(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	if svg := string(render(t, f, "svg")); !strings.Contains(svg, ">1e12<") {
		t.Error("the axis has no powers of ten")
	}
	for i := range list {
		list[i] = profile.BlockSignal{SquaredMean: 0, Variance: profile.Number(math.NaN()), BranchVariance: profile.Number(math.Inf(1))}
	}
	if f, err = Signal(vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	render(t, f, "png")
}
