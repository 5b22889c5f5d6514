package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// ReadJSON reads the profiles that [JSON] or another program wrote, every number exactly. It ignores all keys of a network but
// profile: to get the verdicts, diagnose the profiles again. It is [JSONReader.Read] of up to 512 MiB.
func ReadJSON(r io.Reader) ([]vanishing.Profile, error) { return JSONReader{}.Read(r) }

// A JSONReader reads the profiles that [JSON] wrote. The zero value is ready to use.
type JSONReader struct {
	// MaxBytes bounds the JSON that is read; 0 means 512 MiB. Reading takes about twice as much memory, and up to 160 times
	// for hostile JSON of empty records.
	MaxBytes int64
}

// Read reads profiles, every number exactly, one record at a time. It returns an error for JSON that is longer than MaxBytes or
// nested deeper than 10,000 lists and objects, for a key that occurs twice in one object, and for profiles that are not valid by
// [vanishing.Profile.Validate]. It does not look into values of keys that it does not know.
func (o JSONReader) Read(r io.Reader) ([]vanishing.Profile, error) {
	limit := cmp.Or(o.MaxBytes, 512<<20)
	limited := &io.LimitedReader{R: r, N: limit + 1}
	text, err := skipMark(limited)
	if err != nil {
		return nil, err
	}
	profiles, err := readJSON(text)
	if limited.N <= 0 {
		return nil, errors.Errorf("report: got more than %d bytes of JSON, want at most as many (JSONReader.MaxBytes, or -max-size of the demo, raises the bound)", limit)
	}
	return profiles, err
}

// skipMark leaves out the byte-order mark that some programs, such as PowerShell, put at the beginning of a file.
func skipMark(r io.Reader) (io.Reader, error) {
	text := bufio.NewReader(r)
	first, _ := text.Peek(3) // an error is met again when the JSON is read
	switch {
	case bytes.HasPrefix(first, []byte("\xef\xbb\xbf")):
		_, err := text.Discard(3)
		return text, err
	case files.IsGzip(first):
		return nil, errors.Wrap(files.ErrGzip, "report: not JSON of profiles")
	case bytes.HasPrefix(first, []byte("\xff\xfe")), bytes.HasPrefix(first, []byte("\xfe\xff")):
		return nil, errors.New("report: not JSON of profiles: got text in UTF-16, want UTF-8 (save the file in that encoding)")
	}
	return text, nil
}

func readJSON(r io.Reader) ([]vanishing.Profile, error) {
	decoder := json.NewDecoder(r)
	profiles, version, err := readDocument(decoder)
	if at := decoder.InputOffset(); at > 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, errors.Errorf("report: not JSON of profiles: got the end after byte %d, want the rest of the document (was the file cut?)", at)
	}
	if errors.Is(err, io.EOF) {
		return nil, errors.New("report: not JSON of profiles: got nothing, want one object (is the file empty?)")
	}
	if err != nil {
		return nil, errors.Wrap(typeError(err), "report: not JSON of profiles")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.Errorf("report: JSON of profiles: got more text after byte %d, want one object", decoder.InputOffset())
	}
	if version != Schema {
		return nil, errors.Errorf("report: JSON of profiles: got no schema, want \"schema\": %d", Schema)
	}
	if err := present.ValidateProfiles(profiles); err != nil {
		return nil, errors.Wrap(err, "report")
	}
	return profiles, nil
}

// typeError says which type a key of JSON has and should have, in JSON's terms.
func typeError(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	text := fmt.Sprintf("%s: got %s, want %s", cmp.Or(wrong.Field, "value"), wrong.Value, kindName(wrong.Type.Kind()))
	return errors.New(strings.Replace(err.Error(), wrong.Error(), text, 1))
}

// kindName is what JSON calls values of a kind.
func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "object"
	}
	return "number"
}

// readDocument reads the outermost object.
func readDocument(d *json.Decoder) (profiles []vanishing.Profile, version schema, err error) {
	_, err = eachKey(d, func(key string) error {
		switch key {
		case "schema":
			return d.Decode(&version)
		case "networks":
			profiles = []vanishing.Profile{}
			return eachItem(d, func(i int) error {
				p, err := readNetwork(d)
				if err != nil {
					return errors.Wrapf(err, "network %d", i)
				}
				if p == nil {
					return errors.Errorf("got no profile of network %d, want one of each", i)
				}
				profiles = append(profiles, *p)
				return nil
			})
		}
		return d.Decode(&json.RawMessage{})
	})
	return profiles, version, err
}

// readNetwork reads a network's profile; nil if there is none.
func readNetwork(d *json.Decoder) (p *vanishing.Profile, err error) {
	_, err = eachKey(d, func(key string) error {
		if key != "profile" {
			return d.Decode(&json.RawMessage{})
		}
		var read vanishing.Profile
		found, err := eachKey(d, func(key string) error { return readProfileKey(d, key, &read) })
		if found {
			p = &read
		}
		return err
	})
	return p, err
}

// readProfileKey reads one value of a profile. It reads the records, which may be many, one by one.
func readProfileKey(d *json.Decoder, key string, p *vanishing.Profile) error {
	values := &keyReader{decoder: d}
	if key == "records" {
		return eachItem(d, func(i int) error {
			p.Records = append(p.Records, vanishing.Record{})
			return errors.Wrapf(readRecord(values, &p.Records[i]), "record %d", i)
		})
	}
	value, err := values.decode()
	if err != nil {
		return errors.Wrap(err, key)
	}
	object, err := json.Marshal(map[string]json.RawMessage{key: value})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(object, p); err != nil {
		return err
	}
	return completeValue(object, reflect.ValueOf(p).Elem())
}

// readRecord reads a record.
func readRecord(values *keyReader, r *vanishing.Record) error {
	text, err := values.decode()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return err
	}
	return complete(text, values, reflect.ValueOf(r).Elem())
}
