package runs

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observed is a result of two epochs whose gradient ratio is 0.25 in the first step, 0.5 in the last.
func observed(name string) result {
	return newResult(
		train.History{Epochs: []train.EpochScores{
			{Train: train.Scores{Loss: 9, Accuracy: 0.1}, Val: train.Scores{Loss: 9, Accuracy: 0.1}},
			{Train: train.Scores{Loss: 1.5, Accuracy: 0.2}, Val: train.Scores{Loss: 2.5, Accuracy: 0.3}},
		}},
		vanishing.Diagnose(demotest.Profile(name)),
	)
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	table(&b, []result{observed("a network")})
	row := strings.Fields(strings.Split(b.String(), "\n")[1])
	want := []string{"a", "network", "1.5000", "30.0%", "0.25", "0.5", "healthy"}
	if strings.Join(row, " ") != strings.Join(want, " ") {
		t.Errorf("the row is %v, want %v: loss and accuracy of the last epoch, ratio of the first and the last step", row, want)
	}
}

// A second run into the same folder leaves no pictures of networks it did not train.
func TestFolderHoldsOneRun(t *testing.T) {
	to, err := reportdir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old one", "new one"} {
		fill(context.Background(), to, []result{observed(name)})
		if err := to.Unsaved(); err != nil {
			t.Fatal(err)
		}
	}
	pictures, _ := filepath.Glob(filepath.Join(to.Path, "layers-by-step-*"))
	if len(pictures) != 2 || !strings.Contains(pictures[0], "new-one") {
		t.Errorf("pictures are %v, want two of the new network", pictures)
	}
}

// A profile without records has no first step and no last.
func TestStepsOfAnEmptyProfile(t *testing.T) {
	p := demotest.Profile("empty")
	p.Records = nil
	if reportdir.FirstStep(p).Profile.Records != nil || len(lastStep(p).Profile.Records) != 0 || ratio(reportdir.FirstStep(p)) != "none left" {
		t.Error("there are steps")
	}
}

// A gradient that is not finite is not one that is gone.
func TestRatioOfNumbersThatAreNotFinite(t *testing.T) {
	p := demotest.Profile("overflows")
	for i := range p.Records {
		p.Records[i].Loss = profile.Number(math.NaN())
	}
	if got := ratio(vanishing.Diagnose(p)); got != "not finite" {
		t.Errorf("got %q, want not finite", got)
	}
}
