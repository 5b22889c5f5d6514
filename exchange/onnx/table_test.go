package onnx_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/onnxtest"
)

var update = flag.Bool("update", false, "write the table of docs/onnx.md")

// A page has the table in one language.
type page struct {
	file               string
	folders, heads     string
	all, none, several string
}

var pages = []page{
	{
		file: "../../docs/onnx.md", folders: "| tests | of floats | all |", heads: "| operation | pass | refused because |",
		all: "All tests of these operations pass: ", none: "None of these operations can be read: ", several: "several operations",
	},
	{
		file: "../../docs/zh/onnx.md", folders: "| 测试 | 浮点测试 | 全部 |", heads: "| 运算 | 通过 | 拒绝的原因 |",
		all: "以下运算的测试全部通过：", none: "以下运算不能读取：", several: "多个运算",
	},
}

// The table of the documentation tells what passes: the tests of each operation, and how many of each folder.
func TestTable(t *testing.T) {
	list := runConformance(t)
	for _, p := range pages {
		contents, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- table: go test ./exchange/onnx -run Table -update -->\n", "<!-- end of the table -->\n"
		before, rest, found := strings.Cut(string(contents), begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the table", p.file)
		}
		want := before + begin + p.table(list) + end + after
		if want == string(contents) {
			continue
		}
		if !*update {
			t.Errorf("%s is stale (go test ./exchange/onnx -run Table -update)", p.file)
			continue
		}
		if err := os.WriteFile(p.file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// An outcome counts the tests of an operation.
type outcome struct {
	passed, all int
	reasons     []string
}

func (p page) table(list []result) string {
	var b strings.Builder
	p.writeFolders(&b, list)
	outcomes := make(map[string]*outcome)
	for _, r := range list {
		name := p.several
		if len(r.ops) == 1 {
			name = r.ops[0]
		}
		o := outcomes[name]
		if o == nil {
			o = &outcome{}
			outcomes[name] = o
		}
		o.all++
		if r.passed {
			o.passed++
		} else if reason := reasonOf(r.err); !slices.Contains(o.reasons, reason) {
			o.reasons = append(o.reasons, reason)
		}
	}
	var full, none []string
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		switch o := outcomes[name]; {
		case o.passed == o.all:
			full = append(full, name)
		case o.passed == 0 && len(o.reasons) == 1 && strings.HasSuffix(o.reasons[0], " is not supported"):
			none = append(none, name)
		}
	}
	fmt.Fprintf(&b, "\n%s%s.\n\n%s%s.\n\n%s\n|---|---|---|\n", p.all, strings.Join(full, ", "), p.none, strings.Join(none, ", "), p.heads)
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		if o := outcomes[name]; !slices.Contains(full, name) && !slices.Contains(none, name) {
			slices.Sort(o.reasons)
			fmt.Fprintf(&b, "| %s | %d / %d | %s |\n", name, o.passed, o.all, strings.Join(o.reasons, "; "))
		}
	}
	return b.String()
}

func (p page) writeFolders(b *strings.Builder, list []result) {
	fmt.Fprintf(b, "\n%s\n|---|---|---|\n", p.folders)
	for _, folder := range onnxtest.Folders {
		var passed, all, floatPassed, floats int
		for _, r := range list {
			if path.Dir(r.name) != folder {
				continue
			}
			all++
			if r.passed {
				passed++
			}
			if r.float {
				floats++
			}
			if r.passed && r.float {
				floatPassed++
			}
		}
		fmt.Fprintf(b, "| `%s` | %d / %d | %d / %d |\n", folder, floatPassed, floats, passed, all)
	}
}

var placePattern = regexp.MustCompile(`^(onnx: |graph: )?(layer [^:]*: |model: )?`)

// reasonOf is an error without the place where it was found.
func reasonOf(err error) string {
	text := strings.ReplaceAll(placePattern.ReplaceAllString(err.Error(), ""), "|", `\|`)
	if name, rest, found := strings.Cut(text, ": "); found && !strings.Contains(name, " ") {
		text = rest
	}
	return text
}
