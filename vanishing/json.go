package vanishing

import (
	"bytes"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/internal/profilejson"
)

// JSON has no NaN and no infinities. A profile writes them as the strings "NaN", "+Inf" and "-Inf", and reads them back.
// Numbers of a tier that was not recorded are left out, and are NaN when they are read back.

// MarshalJSON writes the profile. Names and order of the keys are those of the fields.
func (p Profile) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := profilejson.Write(&b, &p)
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote. Keys it does not know are passed over.
func (p *Profile) UnmarshalJSON(text []byte) error {
	*p = Profile{}
	end, err := profilejson.Read(text, p, "profile")
	if err == nil && len(bytes.TrimSpace(text[end:])) > 0 {
		err = errors.Errorf("there is more behind the profile, from byte %d on", end)
	}
	return errors.Wrap(err, "vanishing")
}
