package report

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// documented are the keys that docs/formats.md explains, by the type in the heading above their table.
func documented(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `(\\w+)` \\|([^|]+)\\|([^|]+)\\|([^|]+)\\|$")
	sections := make(map[string]map[string]bool)
	section := ""
	for _, line := range strings.Split(string(text), "\n") {
		if name, isHeading := strings.CutPrefix(line, "### "); isHeading {
			section = name
			sections[section] = make(map[string]bool)
		}
		match := row.FindStringSubmatch(line)
		if match == nil {
			if strings.HasPrefix(line, "| `") {
				t.Errorf("not a key, a meaning, a unit and when it is missing: %s", line)
			}
			continue
		}
		for _, cell := range match[2:] {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("an empty cell: %s", line)
			}
		}
		sections[section][match[1]] = true
	}
	return sections
}

// docs/formats.md explains every key of every object in the JSON, with its unit and when it is missing, and no other key.
func TestEveryKeyIsDocumented(t *testing.T) {
	sections := documented(t)
	seen := make(map[string]bool)
	var visit func(reflect.Type)
	visit = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			visit(of.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[of.Name()] {
			return
		}
		seen[of.Name()] = true
		for i := range of.NumField() {
			if !of.Field(i).IsExported() {
				continue
			}
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if !sections[of.Name()][name] {
				t.Errorf("docs/formats.md does not explain the key %q of %s", name, of.Name())
			}
			delete(sections[of.Name()], name)
			visit(of.Field(i).Type)
		}
	}
	visit(reflect.TypeFor[document]())
	if len(seen) != 47 {
		t.Errorf("%d types were visited, want 47: %v", len(seen), seen)
	}
	for section, keys := range sections {
		for key := range keys {
			t.Errorf("docs/formats.md explains the key %q of %s, which has none of that name", key, section)
		}
	}
}
