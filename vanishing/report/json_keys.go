package report

import (
	"bytes"
	"encoding/json"

	"github.com/pkg/errors"
)

// decodeOnce decodes a value in which no object has a key twice. Of such keys package json would take the last value, or mix them.
func decodeOnce(d *json.Decoder, value any) error {
	var text json.RawMessage
	if err := d.Decode(&text); err != nil {
		return err
	}
	if key, found := repeatedKey(text); found {
		return errors.Errorf("got the key %.40q twice in one object, want it once", key)
	}
	return json.Unmarshal(text, value)
}

// repeatedKey finds a key that occurs twice in one object of a valid JSON text.
func repeatedKey(text []byte) (key string, found bool) {
	var open []int              // the number of each open object or list
	var lastIn []map[string]int // for each level: the number of the last object with a key
	objects := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			objects++
			open = append(open, objects)
			if len(lastIn) < len(open) {
				lastIn = append(lastIn, make(map[string]int))
			}
		case '}', ']':
			open = open[:len(open)-1]
		case '"':
			end := endOfString(text, i)
			if isKey(text[end:]) {
				name, seen, object := unescaped(text[i:end]), lastIn[len(open)-1], open[len(open)-1]
				if seen[string(name)] == object {
					return string(name), true
				}
				seen[string(name)] = object
			}
			i = end - 1
		}
	}
	return "", false
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
