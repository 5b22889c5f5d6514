package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// A part that is zero in all layers has no column, and a layer that deviates from theory stands out.
func TestGainTable(t *testing.T) {
	g := gainTable(vanishing.Diagnose(reporttest.Plain("plain", reporttest.Falling(5, 0.1))))
	if want := []string{"depth", "layer", "all", "weight", "activ"}; !slices.Equal(g.head, want) || strings.Contains(g.note, "skip") {
		t.Errorf("got %q with the note %q, want %q", g.head, g.note, want)
	}
	if want := []string{"2", "dense2", "-1.00", "-0.10", "-0.90"}; !slices.Equal(g.rows[1], want) {
		t.Errorf("got %q, want %q", g.rows[1], want)
	}
	deep := reporttest.Plain("deep", reporttest.Falling(100, 0.9))
	deep.Theory = &profile.Theory{}
	for range deep.Layers {
		deep.Theory.Layers = append(deep.Theory.Layers, &profile.LayerTheory{Z: profile.Number(math.NaN()), Step: profile.Number(math.Inf(1))})
	}
	deep.Theory.Layers[50].Step = 5.25
	g = gainTable(vanishing.Diagnose(deep))
	odd := slices.IndexFunc(g.rows, func(row []string) bool { return row[0] == "51" })
	if odd < 0 || g.rows[odd][len(g.head)-1] != "+5.2!" || g.rows[0][len(g.head)-1] != "-" {
		t.Errorf("got %q", g.rows)
	}
	bare := reporttest.Plain("bare", reporttest.Falling(5, 0.1))
	bare.Records[0].Details = nil
	if g := gainTable(vanishing.Diagnose(bare)); len(g.rows) != 0 {
		t.Errorf("without details: %+v", g)
	}
}

func TestPathTableLeavesOutWhatIsSmall(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(5, 1))
	p.Paths = []profile.Paths{{Shares: []profile.Number{0.0001, 0.4999, 0.5, 1e-9}, Mean: 1.5}}
	g := pathTable(vanishing.English, p)
	if len(g.rows) != 2 || g.rows[0][0] != "1" || g.rows[1][1] != "50.0%" || !strings.Contains(g.note, "2 lengths with less than 0.1% each are not shown") {
		t.Errorf("got %+v", g)
	}
}

func TestSharpnessTable(t *testing.T) {
	p := reporttest.Full()
	p.Sharpness[0].Limit, p.Sharpness[0].Layers = 0, nil
	g := sharpnessTable(vanishing.English, p)
	want := [][]string{{"0", "8", "-", "-", "-", "-"}, {"20", "21", "20", "1.05", p.Layers[4].Path, "8"}}
	if !slices.EqualFunc(g.rows, want, slices.Equal) {
		t.Errorf("got %q, want %q", g.rows, want)
	}
}

func TestPickShowsTheEndsAndWhatIsOdd(t *testing.T) {
	odd := make([]float64, 100)
	for i := 20; i < 60; i++ {
		odd[i] = float64(i)
	}
	picked := pick(100, odd)
	if len(picked) != 2*endRows+maxOdd || picked[endRows] != 52 || picked[endRows+maxOdd-1] != 59 || !slices.IsSorted(picked) {
		t.Errorf("got %v", picked)
	}
	if got := len(pick(maxRows, nil)); got != maxRows {
		t.Errorf("%d of %d rows", got, maxRows)
	}
	for want, at := range map[string]int{"": 0, "36 layers are not shown": endRows} {
		row := gap(vanishing.English, picked, at, "layer")
		if (row == nil) != (want == "") || row != nil && row[1] != want {
			t.Errorf("at %d: %q, want %q", at, row, want)
		}
	}
}

// A residual block may have no weighted layer in its branch: its Last is then First-1, which is -1 before all layers.
func TestBlocksWithoutLayers(t *testing.T) {
	p := reporttest.Plain("empty branches", reporttest.Falling(3, 0.5))
	p.Blocks = []profile.Block{{Path: "first", First: 0, Last: -1}, {Path: "adopted", First: 3, Last: -1}, {Path: "whole", First: 1, Last: 2}}
	p.Records[0].Details.Blocks = []*profile.BlockDetail{{}, nil, {}}
	text := textTable(t, Text{}, p)
	for _, want := range []string{"\n     -  first  ", "\n     -  adopted  ", "\n   2-3  whole  "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}
