package report

import (
	"cmp"
	"encoding/json"
	"io"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// Schema is the version of the JSON that is written and read; docs/profile.schema.json is its schema.
const Schema = 3

// document is the outermost object.
type document struct {
	Schema   schema     `json:"schema"`
	Networks []*network `json:"networks"`
}

// network is a profile with its diagnosis, for readers in other languages.
type network struct {
	Verdict  string              `json:"verdict,omitempty"`
	Sentence string              `json:"sentence,omitempty"`
	Evidence string              `json:"evidence,omitempty"`
	Why      string              `json:"why,omitempty"`
	Findings []vanishing.Finding `json:"findings,omitempty"`
	Profile  *vanishing.Profile  `json:"profile"`
}

// schema is the version of the JSON.
type schema int

// UnmarshalJSON implements json.Unmarshaler. It refuses other versions before any of their keys can fail to parse.
func (s *schema) UnmarshalJSON(text []byte) error {
	if *s = Schema; string(text) != strconv.Itoa(Schema) {
		return errors.Errorf("got schema %.40s, want %d (this version reads no other: record the profile again)", text, Schema)
	}
	return nil
}

// JSON writes the profiles with their verdicts, as an object with the keys schema, the constant [Schema], and networks, an array
// of objects with the keys verdict, sentence, evidence, why, findings and profile. docs/formats.md explains every key. NaN and
// the infinities, which JSON does not have, are the strings "NaN", "+Inf" and "-Inf". The texts are English, whatever the
// language of the diagnoses. Empty keys are left out, such as those of tiers that were not recorded.
func JSON(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	if err := present.Validate(diagnoses); err != nil {
		return errors.Wrap(err, "report")
	}
	doc := document{Schema: Schema, Networks: make([]*network, len(diagnoses))}
	for i, d := range diagnoses {
		d = d.In(vanishing.English)
		doc.Networks[i] = &network{d.Verdict.String(), d.Sentence, d.Evidence, d.Budget.String(), d.Findings, &d.Profile}
	}
	return errors.Wrap(json.NewEncoder(printable.JSONWriter{W: w}).Encode(doc), "report: JSON")
}

// ReadJSON reads the profiles that [JSON] or another program wrote, every number exactly. It ignores all keys of a network but
// profile: to get the verdicts, diagnose the profiles again. It is [JSONReader.Read] of up to 512 MiB.
func ReadJSON(r io.Reader) ([]vanishing.Profile, error) { return JSONReader{}.Read(r) }

// A JSONReader reads the profiles that [JSON] wrote. The zero value is ready to use.
type JSONReader struct {
	// MaxBytes bounds the JSON that is read; 0 means 512 MiB. Reading takes about 4 times as much memory, and up to 160 times
	// for hostile JSON of empty records.
	MaxBytes int64
}

// Read reads profiles, every number exactly. It returns an error for JSON that is longer than MaxBytes or nested deeper than
// 10,000 lists and objects, and for profiles that are not valid by [vanishing.Profile.Validate].
func (o JSONReader) Read(r io.Reader) ([]vanishing.Profile, error) {
	limit := cmp.Or(o.MaxBytes, 512<<20)
	limited := &io.LimitedReader{R: r, N: limit + 1}
	profiles, err := readJSON(limited)
	if limited.N <= 0 {
		return nil, errors.Errorf("report: got more than %d bytes of JSON, want at most as many (JSONReader.MaxBytes, or -max-size of the demo, raises the bound)", limit)
	}
	return profiles, err
}

func readJSON(r io.Reader) ([]vanishing.Profile, error) {
	var doc document
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&doc); err != nil {
		return nil, errors.Wrap(err, "report: not JSON of profiles")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.Errorf("report: JSON of profiles: got more text after byte %d, want one object", decoder.InputOffset())
	}
	if doc.Schema != Schema {
		return nil, errors.Errorf("report: JSON of profiles: got no schema, want \"schema\": %d", Schema)
	}
	profiles := make([]vanishing.Profile, len(doc.Networks))
	for i, n := range doc.Networks {
		if n == nil || n.Profile == nil {
			return nil, errors.Errorf("report: JSON of profiles: got no profile of network %d, want one of each", i)
		}
		profiles[i] = *n.Profile
	}
	if err := present.ValidateProfiles(profiles); err != nil {
		return nil, errors.Wrap(err, "report")
	}
	return profiles, nil
}
