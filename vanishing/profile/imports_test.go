package profile_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Profiles are written, read and judged without Gorgonia and without package graph.
func TestProfilesNeedNoGraph(t *testing.T) {
	for _, name := range []string{"profile", "diagnose"} {
		list, err := exec.Command("go", "list", "-deps", "github.com/gradflow/gradflow/vanishing/"+name).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for _, path := range strings.Fields(string(list)) {
			if strings.Contains(path, "gorgonia") || strings.Contains(path, "gradflow/graph") || strings.Contains(path, "gradflow/train") {
				t.Errorf("package %s depends on %s", name, path)
			}
		}
	}
}
