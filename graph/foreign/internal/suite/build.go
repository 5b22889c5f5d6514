package suite

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

const gorgonia = "gorgonia.org/gorgonia"

// ErrNoModules means that the modules which Gorgonia's tests need are neither in the module cache nor to be had from the network.
var ErrNoModules = errors.New("suite: cannot get the modules that Gorgonia's tests need")

// Tests are Gorgonia's compiled tests.
type Tests struct {
	dir    string // for everything that is written
	module string // Gorgonia's source in the module cache, with the data of its tests
}

// Build compiles Gorgonia's tests in a directory, which must be empty and outside of any module. Modules that only these tests
// need are requested as Gorgonia's go.mod asks for them; our go.mod is not changed.
func Build(dir string) (*Tests, error) {
	module, err := goCommand("list", "-m", "-f", "{{.Dir}}", gorgonia)
	if err != nil {
		return nil, err
	}
	t := &Tests{dir, strings.TrimSpace(module)}
	if err := copyEdited(t.module, t.path("module")); err != nil {
		return nil, err
	}
	modfile, err := t.writeModfile()
	if err != nil {
		return nil, err
	}
	paths := t.importPaths()
	if _, err := goCommand(append([]string{"list", "-deps", "-test", "-mod=mod", modfile}, paths...)...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoModules, err)
	}
	_, err = goCommand(append([]string{"test", "-c", "-mod=mod", modfile, "-o", t.path("bin") + string(filepath.Separator)}, paths...)...)
	return t, err
}

// path is a path in the directory.
func (t *Tests) path(parts ...string) string {
	return filepath.Join(append([]string{t.dir}, parts...)...)
}

// importPaths are the packages with tests.
func (t *Tests) importPaths() (paths []string) {
	for _, p := range packages {
		paths = append(paths, strings.TrimSuffix(gorgonia+"/"+p.dir, "/."))
	}
	return paths
}

// writeModfile writes a go.mod that is ours with the edited copy in Gorgonia's place, and returns the flag that names it.
func (t *Tests) writeModfile() (flag string, err error) {
	ours, err := goCommand("env", "GOMOD")
	if err != nil {
		return "", err
	}
	ours = strings.TrimSpace(ours)
	for from, to := range map[string]string{
		ours: "go.mod",
		strings.TrimSuffix(ours, ".mod") + ".sum": "go.sum",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			return "", errors.Wrap(err, "suite: cannot read go.mod or go.sum")
		}
		if err := write(t.path(to), text); err != nil {
			return "", err
		}
	}
	_, err = goCommand("mod", "edit", "-replace="+gorgonia+"="+t.path("module"), t.path("go.mod"))
	return "-modfile=" + t.path("go.mod"), err
}

// goCommand runs the go command and returns what it prints.
func goCommand(args ...string) (string, error) {
	var out, problem bytes.Buffer
	c := exec.Command("go", args...)
	c.Env = append(os.Environ(), "GOWORK=off")
	c.Stdout, c.Stderr = &out, &problem
	if err := c.Run(); err != nil {
		return "", errors.Errorf("suite: go %s: %v\n%s", strings.Join(args, " "), err, problem.String())
	}
	return out.String(), nil
}
