package experiments

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/vanishing/features"
)

// demo features makes pictures of each layer, and a page with all of them.
func TestFeatures(t *testing.T) {
	status, out, files := app.Report(t, "features", "-model", "resnet8", "-subset", "60", "-batch", "20", "-epochs", "1", "-units", "3", "-top", "2", "-steps", "2", "-image", "3")
	if status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, out)
	}
	for _, want := range []string{"resnet8: ", " of 12 validation images right", "conv1 ", "layer3/block1/conv2   64      7 x 7     25 x 25 ", "dense1                10      1 x 1     all of it "} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not show %q:\n%s", want, out)
		}
	}
	for name, size := range map[string][2]int{ // three maps a row, and one made image and two of the data for each unit
		"filters.png": {16*(54+3) + 3, 54 + 2*3}, "layer-01-conv1.png": {3*(54+3) + 3, 3*(54+3) + 3}, "layer-05-dense1.png": {3*(56+3) + 3, 10*(56+3) + 3},
		"maps.png": {3*(56+3) + 3, 5*(56+3) + 3},
	} {
		m, err := png.Decode(bytes.NewReader(files[name]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := [2]int{m.Bounds().Dx(), m.Bounds().Dy()}; got != size {
			t.Errorf("%s: got %v pixels, want %v", name, got, size)
		}
	}
	page := string(files["index.html"])
	for _, want := range []string{`<html lang="en">`, "<main>", "What the units of resnet8 see", "<h3>layer2/block1/conv2</h3>", "Ankle boot", "data:image/png;base64,"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(page, "http") || strings.Contains(page, "<script") {
		t.Error("the page reads something from elsewhere")
	}
}

func TestFeaturesRefuses(t *testing.T) {
	if status, _, log := app.Call("features", "-model", "resnet8", "-subset", "60", "-batch", "20", "-image", "12"); status != console.ExitFailure || !strings.Contains(log, "-image: got 12, want at most 11") {
		t.Errorf("status %d\n%s", status, log)
	}
}

func TestShownLayers(t *testing.T) {
	layers := make([]features.Layer, 60)
	for i := range layers {
		layers[i].EndsBlock = i%2 == 0 && i > 0
	}
	if got := shownLayers(layers); len(got) != 12 || got[0] != 0 || got[11] != 59 {
		t.Errorf("got %v, want 12 of them from the first to the last", got)
	}
	if got := shownLayers(layers[:4]); len(got) != 3 {
		t.Errorf("got %v, want the layers 0, 2 and 3", got)
	}
}
