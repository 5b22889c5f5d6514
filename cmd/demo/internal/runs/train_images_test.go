package runs

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

func TestTrainOnFoldersOfImages(t *testing.T) {
	for name, flags := range map[string][]string{
		"IDX": {"-data", demotest.IDXFolder(t)}, "CIFAR-10": {"-data", demotest.CIFAR10Folder(t)}, "CIFAR-100": {"-data", demotest.CIFAR100Folder(t)},
		"PNG": {"-data", demotest.ImageFolder(t), "-image-size", "4"},
	} {
		args := append([]string{"train", "-depth", "2", "-width", "8", "-batch", "8", "-epochs", "1"}, flags...)
		status, out, files := app.Report(t, args...)
		if status != console.ExitOK || !strings.Contains(out, "images: 40 to train on, 10 to validate") || len(files["profiles.json"]) == 0 {
			t.Errorf("%s: status %d\n%s", name, status, out)
		}
	}
}
