package demotest

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// Profile is a profile whose gradient ratio is 0.25 in the first step, 0.5 in the last.
func Profile(name string) vanishing.Profile {
	record := func(step int, first float64) vanishing.Record {
		return vanishing.Record{Step: step, Layers: []profile.LayerRecord{{DeltaRMS: profile.Number(first)}, {DeltaRMS: 1}, {DeltaRMS: 2}}}
	}
	return vanishing.Profile{
		Name:    name,
		Layers:  []vanishing.Layer{{Path: "dense1", Depth: 1}, {Path: "dense2", Depth: 2}, {Path: "dense3", Depth: 3}},
		Records: []vanishing.Record{record(0, 0.25), record(20, 0.3), record(40, 0.5)},
	}
}

// WriteProfiles writes the file of profiles with some names, as a run has it, and returns its path.
func WriteProfiles(t *testing.T, folder string, names ...string) string {
	t.Helper()
	var profiles []vanishing.Profile
	for _, name := range names {
		profiles = append(profiles, Profile(name))
	}
	path := filepath.Join(folder, "profiles.json")
	if err := files.Write(path, func(w io.Writer) error { return report.JSON(w, vanishing.DiagnoseAll(profiles...)...) }); err != nil {
		t.Fatal(err)
	}
	return path
}

// ReadProfiles reads the profiles of a file.
func ReadProfiles(path string) ([]vanishing.Profile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return report.ReadJSON(file)
}
