package report

import (
	"encoding/json"
	"fmt"

	"github.com/pkg/errors"
)

// eachKey calls read for each key of an object, to decode the value. The result found is false for null, which has no keys.
func eachKey(d *json.Decoder, read func(key string) error) (found bool, err error) {
	if found, err = opens(d, '{', "an object"); !found {
		return false, err
	}
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return true, err
		}
		key, _ := token.(string)
		if seen[key] {
			return true, errors.Errorf("got the key %.40q twice in one object, want it once", key)
		}
		seen[key] = true
		if err := read(key); err != nil {
			return true, err
		}
	}
	_, err = d.Token()
	return true, err
}

// eachItem calls read for each item of a list, to decode it. Null has no items.
func eachItem(d *json.Decoder, read func(i int) error) error {
	if found, err := opens(d, '[', "a list"); !found {
		return err
	}
	for i := 0; d.More(); i++ {
		if err := read(i); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// opens reads the beginning of an object or a list. It returns false without an error for null.
func opens(d *json.Decoder, want json.Delim, name string) (bool, error) {
	token, err := d.Token()
	if err != nil || token == nil {
		return false, err
	}
	if token != want {
		return false, errors.Errorf("got %.40q before byte %d, want %s", fmt.Sprint(token), d.InputOffset(), name)
	}
	return true, nil
}
