package lang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A found text is one that the repository asks the table for.
type foundText struct {
	where  string
	format bool // with verbs
}

// texts are those of the whole repository.
type texts struct {
	t     *testing.T
	found map[string]foundText
}

// allTexts looks through the Go files and the page's JavaScript.
func allTexts(t *testing.T) map[string]foundText {
	x := texts{t, make(map[string]foundText)}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || name == "lang" || name == "say" || name == ".git" || name == "bench"):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			x.ofGo(path)
		case strings.HasSuffix(name, ".js") && strings.HasPrefix(filepath.Base(filepath.Dir(path)), "js"):
			x.ofJavaScript(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x.found
}

func (x texts) add(text, where string, format bool) {
	if old, found := x.found[text]; found && old.format != format && strings.Contains(text, "%") {
		x.t.Errorf("%s: %q is a format here, or at %s, and none at the other place", where, text, old.where)
	}
	x.found[text] = foundText{where, format}
}

// ofGo finds calls of a Language's methods, and of Key.
func (x texts) ofGo(path string) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		x.t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		receiver, _ := method.X.(*ast.Ident)
		where := files.Position(call.Pos()).String()
		argument := func(i int) (string, bool) {
			if i >= len(call.Args) {
				return "", false
			}
			return literal(call.Args[i])
		}
		switch name := method.Sel.Name; {
		case receiver != nil && receiver.Name == "fmt":
		case name == "Sprintf", name == "Fprintf":
			text, ok := argument(strings.Index("SF", name[:1]))
			if !ok {
				x.t.Errorf("%s: the format is no literal, so that nobody can look for it in the table", where)
			}
			x.add(text, where, true)
		case name == "Text", receiver != nil && receiver.Name == "lang" && name == "Key":
			if text, ok := argument(0); ok {
				x.add(text, where, false)
			}
		case name == "Count" && !english(method.X):
			if noun, ok := argument(1); ok {
				x.add("%d "+noun+"s", where, true)
			}
		}
		return true
	})
}

// english tells lang.English, which needs no table.
func english(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "English"
}

// literal is the text of a string, or of several added up.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also
	}
	return "", false
}

var (
	scriptText  = regexp.MustCompile(`\bt\('((?:[^'\\]|\\.)*)'`)
	scriptCount = regexp.MustCompile(`\bplural\(.*?, '([a-z ]+)'\)`)
)

// ofJavaScript finds calls of t and of plural.
func (x texts) ofJavaScript(path string) {
	script, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, m := range scriptText.FindAllStringSubmatch(string(script), -1) {
		x.add(strings.ReplaceAll(m[1], `\'`, `'`), path, strings.Contains(m[1], "%"))
	}
	for _, m := range scriptCount.FindAllStringSubmatch(string(script), -1) {
		x.add("%d "+m[1]+"s", path, true)
	}
}

// Each text has a translation with the same arguments, and each translation a text.
func TestTableIsComplete(t *testing.T) {
	found := allTexts(t)
	for text, f := range found {
		chinese := zh[text]
		if chinese == "" {
			t.Errorf("%s: no Chinese for\n%q", f.where, text)
			continue
		}
		if f.format {
			if got, want := fmt.Sprint(verbs(chinese)), fmt.Sprint(verbs(text)); got != want {
				t.Errorf("%s: %q has the arguments %s, and %q %s", f.where, text, want, chinese, got)
			}
		}
	}
	if got, want := len(zh), len(zhDiagnosis)+len(zhReport)+len(zhPage)+len(zhCommand)+len(zhRun)+len(zhStructure)+len(zhImages)+len(zhMemory)+len(zhText)+len(zhScale); got != want {
		t.Errorf("the table has %d texts, its parts have %d: two parts have a text in common", got, want)
	}
	for text := range zh {
		if _, used := found[text]; !used {
			t.Errorf("nothing asks for %q", text)
		}
	}
}

var verb = regexp.MustCompile(`%(?:%|([-+# 0]*)(\d*)(?:\.(\d*|\*))?(?:\[(\d+)\])?([a-zA-Z]))`)

// verbs gives for each argument of a format the verb that it is written with.
func verbs(format string) map[int]string {
	list := make(map[int]string)
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[0] == "%%" {
			continue
		}
		if m[4] != "" {
			next, _ = strconv.Atoi(m[4])
		}
		list[next] = "%" + m[1] + m[5]
		if m[3] != "" {
			list[next] = "%" + m[1] + "." + m[3] + m[5]
		}
		next++
	}
	return list
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"100 %%": "map[]", "%d of %s": "map[1:%d 2:%s]", "%[2]s %[1]d": "map[1:%d 2:%s]", "%.1f%%": "map[1:%.1f]", "%[2]s, %s": "map[2:%s 3:%s]",
		"%.4[1]g": "map[1:%.4g]",
	} {
		if got := fmt.Sprint(verbs(format)); got != want {
			t.Errorf("verbs of %q: got %s, want %s", format, got, want)
		}
	}
}
