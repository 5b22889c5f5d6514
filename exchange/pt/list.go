package pt

import (
	"fmt"

	"github.com/pkg/errors"
)

// maxDepth and maxNames bound what a pickle may describe: containers in containers, and bytes of all names together, with some for each
// value. A container that is in several counts each time.
const (
	maxDepth  = 64
	maxNames  = 64 << 20
	eachValue = 64
)

// A named tensor is one with the keys that lead to it.
type named struct {
	name  string
	value *view
}

// list names the tensors and values in the containers.
func list(root any) (*File, error) {
	f := &File{Values: make(map[string]any), byName: make(map[string]int)}
	l := lister{file: f}
	if err := l.add("", root, 0); err != nil {
		return nil, err
	}
	return f, nil
}

// A lister walks through containers.
type lister struct {
	file *File
	size int // bytes of the names so far
}

func (l *lister) add(name string, value any, depth int) error {
	if l.size += eachValue + len(name); l.size > maxNames || depth > maxDepth {
		return errors.Errorf("got more than %d MiB of names, or containers nested more than %d deep", maxNames>>20, maxDepth)
	}
	switch v := value.(type) {
	case *view:
		return l.tensor(name, v)
	case *dictionary:
		for i, key := range v.keys {
			if err := l.add(join(name, key), v.values[i], depth+1); err != nil {
				return err
			}
		}
	case *sequence:
		for i, value := range v.values {
			if err := l.add(join(name, i), value, depth+1); err != nil {
				return err
			}
		}
	case int64, float64, string, bool:
		l.file.Values[name] = v
	}
	return nil
}

func (l *lister) tensor(name string, v *view) error {
	if l.file.Has(name) {
		return errors.Errorf("got the name %q twice, want each once", name)
	}
	l.file.byName[name] = len(l.file.tensors)
	l.file.tensors = append(l.file.tensors, named{name, v})
	return nil
}

// join appends a key to a name.
func join(name string, key any) string {
	if name == "" {
		return fmt.Sprint(key)
	}
	return fmt.Sprintf("%s.%v", name, key)
}
