package runs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// demo train prints and writes the same bytes as demo with flags that describe a network.
func TestTrainIsTheDemoOfOneNetwork(t *testing.T) {
	var outputs []string
	for _, command := range [][]string{{"train"}, {}} {
		folder := filepath.Join(t.TempDir(), "report")
		args := append(command, "-activation", "tanh", "-out", folder)
		status, out, log := app.Call(append(args, demotest.Tiny...)...)
		if status != console.ExitOK {
			t.Fatalf("status %d\n%s", status, log)
		}
		text, err := os.ReadFile(filepath.Join(folder, "report.txt"))
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, strings.ReplaceAll(out, folder, "")+firstPart(string(text)))
	}
	if outputs[0] != outputs[1] {
		t.Errorf("demo train prints\n%s\ndemo\n%s", outputs[0], outputs[1])
	}
	status, out, _ := app.Call(append([]string{"train", "-out", filepath.Join(t.TempDir(), "r")}, demotest.Tiny...)...)
	if status != console.ExitOK || strings.Contains(out, "plain sigmoid") {
		t.Errorf("status %d; without a description it trains\n%s", status, out)
	}
}

// firstPart is a report without the tables, which hold times.
func firstPart(text string) string {
	first, _, _ := strings.Cut(text, "\n\n\n")
	return first
}
