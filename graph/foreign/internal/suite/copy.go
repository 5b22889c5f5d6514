package suite

import (
	"embed"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// packages are the packages whose tests make TapeMachines, and the names of those tests' packages. Package x/vm has a machine of its
// own.
var packages = []struct{ dir, tests string }{
	{".", "gorgonia_test"},
	{"ops/nn", "nnops_test"},
}

// clock is the seed of Gorgonia's generators of random numbers.
var clock = replaceExpr("time.Now().UnixNano()", "time.Unix(1, 0).UnixNano()")

// edits are made in the copy of the module.
var edits = map[string][]edit{
	"vm_tape.go": {
		addField("tapeMachine", "suite suiteState"),
		renameFunc("", "NewTapeMachine", "stockNewTapeMachine"),
		renameFunc("*tapeMachine", "RunAll", "stockRunAll"),
		renameFunc("*tapeMachine", "Reset", "stockReset"),
		renameFunc("*tapeMachine", "Close", "stockClose"),
		renameFunc("*tapeMachine", "Let", "stockLet"),
	},
	"vm_tape_nocuda.go": {renameFunc("*execOp", "exec", "stockExec")},
	"weights.go":        {clock},
	"nn.go":             {clock},
	"op_nn.go":          {clock},
}

//go:embed testdata/dispatch.go testdata/record.go testdata/hook_test.go
var added embed.FS

// copyEdited writes an edited copy of a module to a directory.
func copyEdited(module, to string) error {
	if err := copySource(module, to); err != nil {
		return err
	}
	for name, list := range edits {
		file := filepath.Join(to, name)
		source, err := os.ReadFile(file)
		if err != nil {
			return errors.Wrap(err, "suite: cannot read a file to edit")
		}
		if source, err = rewrite(name, source, list...); err != nil {
			return err
		}
		if err := write(file, source); err != nil {
			return err
		}
	}
	return addFiles(to)
}

// copySource copies go.mod and the source of a module, without its examples, which are programs with large data.
func copySource(module, to string) error {
	tree := os.DirFS(module)
	return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return errors.Wrap(err, "suite: cannot read the module")
		case name == "examples":
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains([]string{".go", ".s", ".mod"}, path.Ext(name)):
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return errors.Wrap(err, "suite: cannot read the module")
		}
		return write(filepath.Join(to, filepath.FromSlash(name)), source)
	})
}

// addFiles adds our files to the copy: all to Gorgonia's package, and the hook also to the other packages with tests.
func addFiles(to string) error {
	for _, name := range []string{"dispatch.go", "record.go"} {
		source, err := added.ReadFile("testdata/" + name)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(to, "suite_"+name), source); err != nil {
			return err
		}
	}
	hook, err := added.ReadFile("testdata/hook_test.go")
	if err != nil {
		return err
	}
	for _, p := range packages {
		source := strings.Replace(string(hook), "package gorgonia_test", "package "+p.tests, 1)
		if err := write(filepath.Join(to, p.dir, "suite_hook_test.go"), []byte(source)); err != nil {
			return err
		}
	}
	return nil
}

// write writes a file and makes its directory.
func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return errors.Wrap(err, "suite: cannot make a directory")
	}
	return errors.Wrap(os.WriteFile(file, data, 0o644), "suite: cannot write a file")
}
