package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/profilejson"
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
	Profile  *vanishing.Profile  `json:"profile"` // the last, as it is written for itself
}

// JSON writes the profiles with their verdicts. NaN and the infinities, which JSON does not have, are the strings "NaN",
// "+Inf" and "-Inf". What is written is an object with the keys schema, the constant [Schema], and networks, an array of
// objects with the keys verdict, sentence, evidence, why, findings and profile. docs/formats.md explains every key.
func JSON(w io.Writer, profiles ...vanishing.Profile) error {
	if err := validate(profiles); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `{"schema":%q,"networks":[`, Schema)
	for i := range profiles {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeNetwork(out, &profiles[i]); err != nil {
			return errors.Wrap(err, "report: JSON")
		}
	}
	out.WriteString("]}\n")
	return errors.Wrap(out.Flush(), "report: JSON")
}

// writeNetwork writes a network: the profile, which may be gigabytes, into the place of a null.
func writeNetwork(out *bufio.Writer, p *vanishing.Profile) error {
	d := vanishing.Diagnose(*p)
	n := network{d.Verdict.String(), d.Sentence, d.Evidence, vanishing.NewBudget(*p).String(), d.Findings, nil}
	if d.Findings == nil {
		n.Findings = []vanishing.Finding{}
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	out.Write(bytes.TrimSuffix(text, []byte("null}")))
	if err := profilejson.Write(out, p); err != nil {
		return err
	}
	return out.WriteByte('}')
}

// ReadJSON reads the profiles that [JSON] wrote, every number as it was. To have the verdicts, diagnose them again.
func ReadJSON(r io.Reader) ([]vanishing.Profile, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, errors.Wrap(err, "report: JSON")
	}
	var doc document
	end, err := profilejson.Read(text, &doc, "document")
	if err != nil {
		return nil, errors.Wrap(err, "report: this is not JSON of profiles")
	}
	if len(bytes.TrimSpace(text[end:])) > 0 {
		return nil, errors.Errorf("report: there is more behind the JSON of the profiles, from byte %d on", end)
	}
	if doc.Schema != Schema {
		return nil, errors.Errorf("report: the JSON has the schema %q, but this version reads %q", doc.Schema, Schema)
	}
	profiles := make([]vanishing.Profile, len(doc.Networks))
	for i, n := range doc.Networks {
		if n == nil || n.Profile == nil {
			return nil, errors.Errorf("report: network %d of the JSON has no profile", i)
		}
		profiles[i] = *n.Profile
	}
	if err := validate(profiles); err != nil {
		return nil, err
	}
	return profiles, nil
}
