// Package docs keeps the documentation whole: its tests check links, figures, commands and code, and that the English and
// the Chinese guide say the same.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are all Markdown files of the documentation, with the README of the project.
func pages(t *testing.T) []string {
	t.Helper()
	return append(find(t, ".", ".md"), "../README.md")
}

// find lists the files under a folder whose names end as given.
func find(t *testing.T, folder, end string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, end) {
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fencePattern   = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	headingPattern = regexp.MustCompile(`(?m)^#+ `)
	codePattern    = regexp.MustCompile("`[^`]*`")
	commandPattern = regexp.MustCompile(`go run \./([\w/]+)`)

	startsWithLetter = regexp.MustCompile(`^[\p{L}\p{N}]`)
	escapePattern    = regexp.MustCompile(`\\[^a-zA-Z]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	links := 0
	for _, page := range pages(t) {
		text := fencePattern.ReplaceAllString(read(t, page), "")
		for _, match := range linkPattern.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(match[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, match[1], err)
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
	}
}

func TestEveryFigureIsShownInBothLanguages(t *testing.T) {
	for _, figure := range find(t, "guide/img", ".png") {
		for _, folder := range []string{"guide", "zh/guide"} {
			shown := 0
			for _, page := range find(t, folder, ".md") {
				shown += strings.Count(read(t, page), filepath.Base(figure)+")")
			}
			if shown != 1 {
				t.Errorf("%s is shown %d times in %s, want once", figure, shown, folder)
			}
		}
	}
}

func TestFiguresAreSmall(t *testing.T) {
	size := int64(0)
	for _, figure := range append(find(t, ".", ".png"), find(t, ".", ".svg")...) {
		info, err := os.Stat(figure)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size == 0 || size > 1<<20 {
		t.Errorf("the figures take %d bytes, want at most 1 MiB", size)
	}
}

func TestCommandsExist(t *testing.T) {
	for _, page := range pages(t) {
		for _, match := range commandPattern.FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join("..", match[1], "main.go")); err != nil {
				t.Errorf("%s says %q: %v", page, match[0], err)
			}
		}
	}
}

// The two guides have the same files, headings and figures, and the same code, command lines and outputs to the letter.
func TestLanguagesAgree(t *testing.T) {
	var english, chinese []string
	for _, page := range find(t, ".", ".md") {
		if page == "performance.md" || page == "formats.md" {
			continue // no chapters of the guide: figures written by bench/run, and a reference of keys, which are English words
		}
		if twin, ok := strings.CutPrefix(page, "zh/"); ok {
			chinese = append(chinese, twin)
		} else {
			english = append(english, page)
		}
	}
	if !slices.Equal(english, chinese) {
		t.Fatalf("English has %v, Chinese has %v", english, chinese)
	}
	for _, page := range english {
		en, zh := read(t, page), read(t, "zh/"+page)
		if a, b := headings(en), headings(zh); !slices.Equal(a, b) {
			t.Errorf("%s: the headings are of levels %v in English and %v in Chinese", page, a, b)
		}
		if a, b := blocks(en), blocks(zh); !slices.Equal(a, b) {
			t.Errorf("%s: the code blocks are not the same in English and Chinese", page)
		}
		if a, b := strings.Count(en, "!["), strings.Count(zh, "!["); a != b {
			t.Errorf("%s: %d figures in English, %d in Chinese", page, a, b)
		}
	}
}

// headings are the levels of a page's headings.
func headings(text string) []int {
	var levels []int
	for _, mark := range headingPattern.FindAllString(fencePattern.ReplaceAllString(text, ""), -1) {
		levels = append(levels, len(mark)-1)
	}
	return levels
}

// blocks are a page's code blocks. Of formulas, which may hold words, only the place counts.
func blocks(text string) []string {
	var list []string
	for _, match := range fencePattern.FindAllStringSubmatch(text, -1) {
		if match[1] == "math" {
			match[0] = "math"
		}
		list = append(list, match[0])
	}
	return list
}

// GitHub shows a formula between single dollars only if there is a blank before it and no letter after it, and Markdown
// removes backslashes before punctuation. Formulas on lines of their own are blocks of the language math.
func TestFormulasAreShown(t *testing.T) {
	formulas := 0
	for _, page := range pages(t) {
		text := fencePattern.ReplaceAllString(read(t, page), "")
		for line := range strings.Lines(text) {
			parts := strings.Split(codePattern.ReplaceAllString(line, ""), "$")
			if len(parts)%2 == 0 {
				t.Errorf("%s: a formula is not closed on its line: %s", page, line)
			}
			for i := 1; i < len(parts); i += 2 {
				formulas++
				before, after := parts[i-1], parts[i+1]
				if before != "" && !strings.HasSuffix(before, " ") || startsWithLetter.MatchString(after) || escapePattern.MatchString(parts[i]) {
					t.Errorf("%s: $%s$ would not be shown in: %s", page, parts[i], line)
				}
			}
		}
	}
	if formulas < 100 {
		t.Errorf("only %d formulas were found", formulas)
	}
}

// What the guide shows as Go is a part of a program that the tests run.
func TestCodeIsTakenFromTheExamples(t *testing.T) {
	checkCode(t, find(t, "guide", ".md"), find(t, "../examples", ".go"), 5)
}

// The page about tables shows the programs that its tests run.
func TestTablesAreTakenFromTheExamples(t *testing.T) {
	checkCode(t, []string{"tables.md"}, []string{"../examples/tables/main.go", "../examples/serve/main.go"}, 2)
}

// The answers to users of Gorgonia are parts of tests.
func TestAnswersAreTakenFromTests(t *testing.T) {
	checkCode(t, []string{"from-gorgonia.md"}, find(t, "../graph/foreign", "_test.go"), 10)
}

// checkCode fails if pages show Go that is in no source file, or fewer blocks of it than wanted.
func checkCode(t *testing.T, pages, files []string, wanted int) {
	t.Helper()
	var sources strings.Builder
	for _, file := range files {
		sources.WriteString(unindented(read(t, file)))
	}
	shown := 0
	for _, page := range pages {
		for _, match := range fencePattern.FindAllStringSubmatch(read(t, page), -1) {
			if match[1] != "go" {
				continue
			}
			shown++
			if !strings.Contains(sources.String(), unindented(match[2])) {
				t.Errorf("%s shows code that is in no example:\n%s", page, match[2])
			}
		}
	}
	if shown < wanted {
		t.Errorf("only %d blocks of code were found", shown)
	}
}

// unindented is a text without blanks at the beginnings of its lines.
func unindented(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString(strings.TrimLeft(line, " \t"))
	}
	return lines.String()
}
