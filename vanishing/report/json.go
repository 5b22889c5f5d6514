package report

import (
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
