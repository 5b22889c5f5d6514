package runs

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"go.yaml.in/yaml/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
)

// configName is the file of a run's settings: YAML with the names of flags.
const configName = reportdir.ConfigName

// maxConfig is the largest file of settings that is read, in bytes.
const maxConfig = 1 << 20

// A setting is the value of a flag.
type setting struct {
	name, value string
	line        int // in its file; 0 if it comes from the command line
}

// same reports whether two settings give a flag the same value.
func (s setting) same(other setting) bool { return s.name == other.name && s.value == other.value }

// notSettings are the flags that do not belong to the settings of a run.
var notSettings = []string{"help", "out", "serve", "config", "resume", say.Flag}

// settable are the flags that a file of settings may set.
func settable(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f cli.Flag) bool {
		return console.ValueOf(f) == nil || slices.Contains(notSettings, f.Names()[0])
	})
}

// settings are all settings with their values, defaults included.
func (t training) settings(flags []cli.Flag) ([]setting, error) {
	var list []setting
	for _, f := range settable(flags) {
		name, text := f.Names()[0], console.ValueOf(f).Text
		switch {
		case name == "lr" && text == "":
			optimizer, err := t.NewOptimizer()
			if err != nil {
				return nil, err
			}
			text = fmt.Sprint(optimizer.Rate())
		case (name == "data" || name == "text") && text != "":
			path, err := filepath.Abs(text)
			if err != nil {
				return nil, errors.Wrap(err, "-"+name)
			}
			text = path
		}
		if text != "" {
			list = append(list, setting{name: name, value: text})
		}
	}
	return list, nil
}

// writeConfig writes a file of settings. It keeps a file that has the same ones, in which comments may stand.
func writeConfig(path string, list []setting) error {
	if before, err := readConfig(path); err == nil && slices.EqualFunc(before, list, setting.same) {
		return nil
	}
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range list {
		root.Content = append(root.Content, scalar(s.name), scalar(s.value))
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return errors.Wrap(err, path)
	}
	return files.Write(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// scalar is a text, in quotes if it would be something else without them. Numbers have none.
func scalar(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if _, err := strconv.ParseFloat(text, 64); err == nil || text == "true" || text == "false" {
		n.Tag = ""
	}
	return n
}

// readConfig reads a file of settings: one level of keys, each with one value.
func readConfig(path string) ([]setting, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if stat, err := file.Stat(); err == nil && stat.IsDir() {
		return nil, errors.New(say.Sprintf("%s: got a folder, want a file of settings, such as %s of a run (-resume goes on with the run of a folder)",
			path, filepath.Join(path, configName)))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, errors.New(say.Sprintf("%s: got more than %d bytes, want a file of settings", path, maxConfig))
	}
	list, err := parseConfig(text)
	return list, errors.Wrap(err, path)
}

// parseConfig parses settings.
func parseConfig(text []byte) ([]setting, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil // an empty file
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New(say.Text("got several documents, want one"))
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil // comments alone
	}
	if root.Kind != yaml.MappingNode {
		return nil, errors.New(say.Sprintf("line %d: got no keys, want lines such as depth: 20", root.Line))
	}
	var list []setting
	seen := make(map[string]int)
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode {
			return nil, errors.New(say.Sprintf("line %d: got a list, a map or an alias, want one value for each key, as in depth: 20", value.Line))
		}
		if first := seen[key.Value]; first > 0 {
			return nil, errors.New(say.Sprintf("line %d: got the key %q for the second time, want it once (see line %d)", key.Line, key.Value, first))
		}
		seen[key.Value] = key.Line
		if value.Tag == "!!null" {
			return nil, errors.New(say.Sprintf("line %d: got the key %q without a value, want one, as in depth: 20 (without the line, the default holds)", key.Line, key.Value))
		}
		list = append(list, setting{key.Value, value.Value, value.Line})
	}
	return list, nil
}

// A target takes the settings of a file: a command, or flags of their own.
type target interface {
	IsSet(name string) bool
	Set(name, text string) error
}

// flagValues are flags that no command line sets, by their names.
type flagValues map[string]*console.Value

func (flagValues) IsSet(string) bool             { return false }
func (v flagValues) Set(name, text string) error { return v[name].Set(text) }

// valuesOf are the flags that a file of settings may set.
func valuesOf(flags []cli.Flag) flagValues {
	values := make(flagValues)
	for _, f := range settable(flags) {
		values[f.Names()[0]] = console.ValueOf(f)
	}
	return values
}

// apply gives flags the values of settings from a file, except those that the command line sets.
func apply(cmd *cli.Command, to target, flags []cli.Flag, list []setting, path string) error {
	values := valuesOf(flags)
	for _, s := range list {
		v := values[s.name]
		if v == nil {
			m := &console.Mistake{Cmd: cmd, What: say.Sprintf("%s, line %d: unknown key %q: want the name of a flag", path, s.line, s.name)}
			if near := console.Nearest(s.name, slices.Sorted(maps.Keys(values))); near != "" {
				m.Hint = say.Sprintf("Did you mean %s?", near)
			}
			return m
		}
		if to.IsSet(s.name) {
			continue
		}
		if err := to.Set(s.name, s.value); err != nil {
			return &console.Mistake{Cmd: cmd, What: say.Sprintf("%s, line %d: invalid value %q for %s: %s", path, s.line, s.value, s.name, v.Refused.What), Hint: v.Refused.Hint}
		}
	}
	return nil
}
