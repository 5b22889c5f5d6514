package page

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// uPlot 1.6.32 of the npm registry: package/dist and package/LICENSE of uplot-1.6.32.tgz, whose SHA-256 is
// 4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d.
var uplot = map[string]string{
	"uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
	"uPlot.min.css":     "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
	"LICENSE":           "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}

func TestUPlotIsAsPublished(t *testing.T) {
	for name, want := range uplot {
		text, err := assets.ReadFile(path.Join("assets/uplot", name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has the sum %x, want %s", name, sum, want)
		}
	}
}

// Every file is in the page exactly once.
func TestAllAssetsAreBundled(t *testing.T) {
	listed := slices.Concat(scripts, styles)
	err := fs.WalkDir(assets, "assets", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		want := 1
		if path.Base(file) == "LICENSE" {
			want = 2 // in the script and in the style sheet
		}
		if n := count(listed, strings.TrimPrefix(file, "assets/")); n != want {
			t.Errorf("%s is bundled %d times, want %d", file, n, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(bundle(scripts)) < 50000 || len(bundle(styles)) < 5000 {
		t.Error("the bundles are too small to be all")
	}
}

func count(list []string, item string) int {
	n := 0
	for _, other := range list {
		if other == item {
			n++
		}
	}
	return n
}

// Our own assets have no address of another site, and never insert text as markup.
func TestAssetsKeepToThemselves(t *testing.T) {
	bad := regexp.MustCompile(`(?i)https?://|@import|url\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|</script|</style`)
	for _, file := range slices.Concat(scripts, styles) {
		if strings.HasPrefix(file, "uplot/") {
			continue
		}
		text, err := assets.ReadFile("assets/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if found := bad.Find(text); found != nil {
			t.Errorf("%s has %q", file, found)
		}
		if lines := strings.Count(string(text), "\n"); lines > 250 {
			t.Errorf("%s has %d lines", file, lines)
		}
	}
	if text := bundle(scripts); strings.Contains(strings.ToLower(text), "</script") {
		t.Error("the scripts would end their own element")
	}
}
