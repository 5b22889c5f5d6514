// Package doccheck compares the outputs and figures in the guide with those of the programs, for their tests.
package doccheck

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// guides are the folders of the chapters, relative to a folder in examples.
var guides = []string{"../../docs/guide", "../../docs/zh/guide"}

// Output compares the output of a program with the one shown in a chapter, in all languages, below a line such as
// "$ go run ./examples/tshirt". Words must agree, and numbers within 2 % or one unit of their last digit: sums are rounded
// differently on different machines, and training makes such differences grow.
func Output(t *testing.T, chapter, command, output string) {
	t.Helper()
	for _, guide := range guides {
		file := filepath.Join(guide, chapter)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		_, shown, found := strings.Cut(string(text), "$ "+command+"\n")
		shown, _, closed := strings.Cut(shown, "```")
		if !found || !closed {
			t.Errorf("%s: no output of %q", file, command)
			continue
		}
		if line, same := agree(shown, output); !same {
			t.Errorf("%s: output of %q: got another line than %q. The program prints:\n%s", file, command, line, output)
		}
	}
}

var numberPattern = regexp.MustCompile(`[-+]?\d+(\.\d+)?(e[-+]?\d+)?`)

// agree compares two outputs. If they differ, it returns the first line of shown that differs from got.
func agree(shown, got string) (line string, same bool) {
	shownLines, gotLines := strings.Split(strings.TrimSpace(shown), "\n"), strings.Split(strings.TrimSpace(got), "\n")
	for i, line := range shownLines {
		if i >= len(gotLines) || !agreeLine(line, gotLines[i]) {
			return line, false
		}
	}
	return "", len(shownLines) == len(gotLines)
}

func agreeLine(a, b string) bool {
	if words(a) != words(b) {
		return false
	}
	shown, got := numberPattern.FindAllString(a, -1), numberPattern.FindAllString(b, -1)
	for i := range shown {
		if !near(shown[i], got[i]) {
			return false
		}
	}
	return true
}

// words is a line with # for each number, and single spaces.
func words(line string) string {
	return strings.Join(strings.Fields(numberPattern.ReplaceAllString(line, " # ")), " ")
}

func near(a, b string) bool {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return math.Abs(x-y) <= max(0.02*math.Abs(x), 1.01*unit(a))
}

// unit is the value of one in the last digit of a number.
func unit(number string) float64 {
	mantissa, exponent, _ := strings.Cut(number, "e")
	power, _ := strconv.Atoi(exponent)
	_, decimals, _ := strings.Cut(mantissa, ".")
	return math.Pow10(power - len(decimals))
}

// Figure compares a figure that a program has just written into a folder with the one that the guide shows. Lines are
// rasterised from rounded numbers, so one pixel in a hundred may differ.
func Figure(t *testing.T, folder, name string) {
	t.Helper()
	got, want := decode(t, filepath.Join(folder, name)), decode(t, filepath.Join(guides[0], "img", name))
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s: size: got %v, want %v as in the guide", name, got.Bounds(), want.Bounds())
	}
	size, different := got.Bounds().Size(), 0
	for y := range size.Y {
		for x := range size.X {
			if got.At(x, y) != want.At(x, y) {
				different++
			}
		}
	}
	if share := float64(different) / float64(size.X*size.Y); share > 0.01 {
		t.Errorf("%s: pixels that differ from the guide's figure: got %.1f%%, want at most 1%% (run the program from the root to renew it)", name, 100*share)
	}
}

func decode(t *testing.T, path string) image.Image {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return picture
}
