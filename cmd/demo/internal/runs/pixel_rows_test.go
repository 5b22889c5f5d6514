package runs

import (
	"bytes"
	"fmt"
	picture "image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// demo predict gives an image the same class and probability, whether it is a picture or a row of a table, with labels or without.
func TestPredictRowsOfTables(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-data", demotest.IDXFolder(t))
	gray := picture.NewGray(picture.Rect(0, 0, 6, 4))
	header, row := []string{"label"}, []string{"7"}
	for i := range gray.Pix {
		gray.Pix[i] = uint8(255 * (i % 3) / 2)
		header, row = append(header, fmt.Sprintf("pixel%d", i)), append(row, fmt.Sprint(gray.Pix[i]))
	}
	var image bytes.Buffer
	if err := png.Encode(&image, gray); err != nil {
		t.Fatal(err)
	}
	table := func(rows ...[]string) []byte {
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, ","))
		}
		return []byte(strings.Join(lines, "\n") + "\n")
	}
	dark := make([]string, 25)
	for i := range dark {
		dark[i] = "0"
	}
	negative, text := append([]string{"1", "-1"}, dark[2:]...), append([]string{"1", "x"}, dark[2:]...)
	files := demotest.WriteFiles(t, map[string][]byte{
		"a.png": image.Bytes(), "a.csv": table(header, dark, row), "plain.csv": table(header[1:], row[1:]),
		"short.csv": table(header[:5], row[:5]), "negative.csv": table(header, row, negative), "text.csv": table(header, text), "mixed.csv": table(header, row, text),
		"text.txt": []byte("a text"),
	})
	predicted := func(name string) (rows []string) {
		status, out, log := app.Call("predict", run, filepath.Join(files, name))
		if status != console.ExitOK {
			t.Fatalf("%s: status %d\n%s", name, status, log)
		}
		for _, line := range strings.Split(strings.TrimSpace(out), "\n")[3:] {
			words := strings.Fields(line)
			rows = append(rows, strings.Join(words[len(words)-4:], " "))
		}
		return rows
	}
	want := predicted("a.png")
	if got := predicted("a.csv"); len(got) != 2 || got[1] != want[0] || got[0] == want[0] {
		t.Errorf("the rows of a table are %q, want the second as of the picture, %q", got, want)
	}
	if got := predicted("plain.csv"); len(got) != 1 || got[0] != want[0] {
		t.Errorf("the row of a table without labels is %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"short.csv":    "got 4 columns, want 24, one for each pixel",
		"negative.csv": "row 2, pixel 1: got -1, want 0 to 255",
		"text.csv":     `column "pixel0": got texts, want pixels from 0 to 255`,
		"mixed.csv":    `column "pixel0" holds numbers and texts`,
	} {
		if status, _, log := app.Call("predict", run, filepath.Join(files, name)); status != console.ExitFailure || !strings.Contains(log, want) || strings.Contains(log, "Options") {
			t.Errorf("%s: status %d, got %q, want %q", name, status, log, want)
		}
	}
	if status, _, log := app.Call("predict", run, filepath.Join(files, "a.png"), filepath.Join(files, "a.csv")); status != console.ExitFailure || !strings.Contains(log, "images alone or CSV files alone") {
		t.Errorf("both kinds: status %d, %q", status, log)
	}
	for _, names := range [][]string{{"short.csv", "none.csv", "a.csv"}, {"none.png", "text.txt", "a.png", "none"}, {"a.csv", "mixed.csv"}, {"a.png", "none.csv", "text.txt"}} {
		args, whole := []string{"predict", run}, 0
		for _, name := range names {
			args = append(args, filepath.Join(files, name))
		}
		status, out, log := app.Call(args...)
		for _, name := range names {
			if strings.HasPrefix(name, "a.") {
				whole++
				if !strings.Contains(out, filepath.Join(files, name)) {
					t.Errorf("%q: no class of %s", names, name)
				}
			} else if !strings.Contains(log, filepath.Join(files, name)) {
				t.Errorf("%q: no error names %s", names, name)
			}
		}
		if lost := len(names) - whole; status != console.ExitFailure || strings.Count(log, "demo: ") != lost {
			t.Errorf("%q: status %d, want %d and %d errors:\n%s%s", names, status, console.ExitFailure, lost, out, log)
		}
	}
	status, out, log := app.Call("predict", run, filepath.Join(files, "short.csv"), filepath.Join(files, "negative.csv"))
	if status != console.ExitFailure || out != "" || !strings.Contains(log, "got 4 columns") || !strings.Contains(log, "got -1") || !strings.Contains(log, "got no image that can be read") {
		t.Errorf("two damaged tables: status %d\n%s%s", status, out, log)
	}
	if err := os.Remove(filepath.Join(files, "text.csv")); err != nil {
		t.Fatal(err)
	}
	if got := predicted(""); len(got) != 1 || got[0] != want[0] {
		t.Errorf("of a folder with tables beside the picture: got %q, want %q", got, want)
	}
}
