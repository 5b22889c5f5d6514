package experiments

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
)

// decodeWhole decodes a file of numbers that was written by this program. A key that is missing or unknown, at any depth, is an error: what it stands
// for would be zero without a word.
func decodeWhole(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	again, err := json.Marshal(into)
	if err != nil {
		return err
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(again)).Decode(&want); err != nil {
		return err
	}
	return sameKeys(got, want, "$")
}

// sameKeys compares the keys of all objects of two documents. The path names the place, as JSONPath does.
func sameKeys(got, want any, path string) error {
	switch want := want.(type) {
	case map[string]any:
		object, is := got.(map[string]any)
		if !is {
			return errors.New(say.Sprintf("%s: got no object, want one", path))
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if _, known := want[key]; !known {
				return errors.New(say.Sprintf("%s: got the unknown key %q", path, key))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			value, has := object[key]
			if !has {
				return errors.New(say.Sprintf("%s: the key %q is missing", path, key))
			}
			if err := sameKeys(value, want[key], path+"."+key); err != nil {
				return err
			}
		}
	case []any:
		list, is := got.([]any)
		if !is || len(list) != len(want) {
			return errors.New(say.Sprintf("%s: got no list of %d elements, want one", path, len(want)))
		}
		for i := range want {
			if err := sameKeys(list[i], want[i], path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	}
	return nil
}
