package profiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// Of many networks only the first have pictures, and the command reports it.
func TestPicturesAreBounded(t *testing.T) {
	var names []string
	for i := range reportdir.MaxPictures + 1 {
		names = append(names, "net"+string(rune('a'+i)))
	}
	profiles, folder := demotest.WriteProfiles(t, t.TempDir(), names...), t.TempDir()
	status, out, log := app.Call("report", "-formats", "pictures", "-out", folder, profiles)
	if status != console.ExitOK || !strings.Contains(out, "The pictures show the first 12 of 13 networks.") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	if n := strings.Count(demotest.List(t, folder), "layers-by-step-"); n != 2*reportdir.MaxPictures {
		t.Errorf("%d pictures of single networks, want %d", n, 2*reportdir.MaxPictures)
	}
	if svg, err := os.ReadFile(filepath.Join(folder, "all-steps.svg")); err != nil || !strings.Contains(string(svg), ": 12 of 13 networks") {
		t.Errorf("the picture of all does not tell that it shows 12 of 13: %v", err)
	}
}
