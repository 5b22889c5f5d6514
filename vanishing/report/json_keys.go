package report

import (
	"bytes"
	"encoding/json"

	"github.com/pkg/errors"
)

// A keyReader decodes values one after another. It counts the objects that have a key, for each level: the number of lists and objects
// that an object lies in.
type keyReader struct {
	decoder    *json.Decoder
	levels     []map[string]*keyCount
	containers int // objects and lists so far
	before     int // those of earlier values
}

type keyCount struct {
	last    int // number of the last object with the key
	objects int // of the value that the last one is in
}

// decode decodes a value in which no object has a key twice. Of such keys package json would take the last value, or mix them.
func (r *keyReader) decode() (text json.RawMessage, err error) {
	if err := r.decoder.Decode(&text); err != nil {
		return nil, err
	}
	if key, found := r.count(text); found {
		return nil, errors.Errorf("got the key %.40q twice in one object, want it once", key)
	}
	return text, nil
}

// objects is the number of objects of a level of the last value that have a key.
func (r *keyReader) objects(level int, key string) int {
	if level >= len(r.levels) || r.levels[level][key] == nil || r.levels[level][key].last <= r.before {
		return 0
	}
	return r.levels[level][key].objects
}

// maxKeys is the number of different keys on a level that are kept from value to value.
const maxKeys = 1000

// count counts the keys of a valid JSON text. It finds a key that occurs twice in one object.
func (r *keyReader) count(text []byte) (repeated string, found bool) {
	r.before = r.containers
	for i, level := range r.levels {
		if len(level) > maxKeys {
			r.levels[i] = make(map[string]*keyCount)
		}
	}
	var open []int // the number of each open object or list
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			r.containers++
			open = append(open, r.containers)
			if len(r.levels) < len(open) {
				r.levels = append(r.levels, make(map[string]*keyCount))
			}
		case '}', ']':
			open = open[:len(open)-1]
		case '"':
			end := endOfString(text, i)
			if isKey(text[end:]) {
				name := unescaped(text[i:end])
				if !r.add(name, len(open)-1, open[len(open)-1]) {
					return string(name), true
				}
			}
			i = end - 1
		}
	}
	return "", false
}

// add counts a key of an object. It returns false if the object has the key already.
func (r *keyReader) add(name []byte, level, object int) bool {
	k := r.levels[level][string(name)]
	if k == nil {
		k = &keyCount{}
		r.levels[level][string(name)] = k
	}
	switch {
	case k.last == object:
		return false
	case k.last <= r.before:
		k.objects = 0
	}
	k.last, k.objects = object, k.objects+1
	return true
}

// endOfString is the index after the string that begins at an index.
func endOfString(text []byte, begin int) int {
	i := begin + 1
	for text[i] != '"' {
		if text[i] == '\\' {
			i++
		}
		i++
	}
	return i + 1
}

// isKey reports whether a string is a key, by the text after it.
func isKey(after []byte) bool {
	after = bytes.TrimLeft(after, " \t\r\n")
	return len(after) > 0 && after[0] == ':'
}

// unescaped is the text of a JSON string.
func unescaped(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return inner
	}
	return []byte(text)
}
