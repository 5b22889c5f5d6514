package report

import (
	"cmp"
	"encoding/json"
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// Schema names the form of the JSON that this version writes and reads.
const Schema = "gradflow.profile/2"

// document is the outermost object.
type document struct {
	Schema   string     `json:"schema"`
	Networks []*network `json:"networks"`
}

// network is a profile with what it was diagnosed with, for readers in other languages.
type network struct {
	Verdict  string              `json:"verdict"`
	Sentence string              `json:"sentence"`
	Evidence string              `json:"evidence"`
	Why      string              `json:"why"`
	Findings []vanishing.Finding `json:"findings"`
	Profile  *vanishing.Profile  `json:"profile"`
}

// JSON writes the profiles with their verdicts. NaN and the infinities, which JSON does not have, are the strings "NaN",
// "+Inf" and "-Inf". What is written is an object with the keys schema, the constant [Schema], and networks, an array of
// objects with the keys verdict, sentence, evidence, why, findings and profile. docs/formats.md explains every key.
func JSON(w io.Writer, profiles ...vanishing.Profile) error {
	if err := present.Validate(profiles); err != nil {
		return errors.Wrap(err, "report")
	}
	doc := document{Schema: Schema, Networks: make([]*network, len(profiles))}
	for i, p := range profiles {
		d := vanishing.Diagnose(p)
		doc.Networks[i] = &network{d.Verdict.String(), d.Sentence, d.Evidence, vanishing.NewBudget(p).String(), d.Findings, &p}
		if d.Findings == nil {
			doc.Networks[i].Findings = []vanishing.Finding{}
		}
	}
	return errors.Wrap(json.NewEncoder(printable.JSONWriter{W: w}).Encode(doc), "report: JSON")
}

// ReadJSON reads the profiles that [JSON] wrote, every number as it was. To have the verdicts, diagnose them again. It is
// [JSONReader.Read] of up to 512 MiB.
func ReadJSON(r io.Reader) ([]vanishing.Profile, error) { return JSONReader{}.Read(r) }

// A JSONReader reads the profiles that [JSON] wrote. The zero value is ready to use.
type JSONReader struct {
	// MaxBytes bounds the JSON that is read; 0 means 512 MiB. Reading takes about 16 times as much memory.
	MaxBytes int64
}

// Read reads profiles, every number as it was. What is longer than MaxBytes, nested deeper than 10,000 lists and objects or not
// valid by [vanishing.Profile.Validate] is an error.
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
		return nil, errors.Wrap(err, "report: this is not JSON of profiles")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.Errorf("report: there is more behind the JSON of the profiles, from byte %d on", decoder.InputOffset())
	}
	if doc.Schema != Schema {
		return nil, errors.Errorf("report: the JSON has the schema %.40q, but this version reads %q", doc.Schema, Schema)
	}
	profiles := make([]vanishing.Profile, len(doc.Networks))
	for i, n := range doc.Networks {
		if n == nil || n.Profile == nil {
			return nil, errors.Errorf("report: network %d of the JSON has no profile", i)
		}
		profiles[i] = *n.Profile
	}
	if err := present.Validate(profiles); err != nil {
		return nil, errors.Wrap(err, "report")
	}
	return profiles, nil
}
