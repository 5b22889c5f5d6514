package profiles

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/vanishing/report"
)

// demo check judges recorded profiles, in the language of any reader, with the same exit status.
func TestCheckFormats(t *testing.T) {
	healthy, sick := app.Recorded(t)
	for _, c := range []struct {
		format string
		want   string
		valid  func([]byte) error
	}{
		{"text", "vanishing", nil},
		{"junit", "<testsuites", func(b []byte) error { return xml.Unmarshal(b, new(struct{ XMLName xml.Name })) }},
		{"sarif", `"ruleId": "vanishing"`, func(b []byte) error { return json.Unmarshal(b, new(map[string]any)) }},
		{"json", `"verdict":"vanishing"`, func(b []byte) error { return json.Unmarshal(b, new(map[string]any)) }},
		{"github", "::error file=", nil},
	} {
		status, out, log := app.Call("check", "-format", c.format, healthy, sick)
		if status != exitSick || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d, want %d and %q in\n%s%s", c.format, status, exitSick, c.want, out, log)
		}
		if c.valid != nil {
			if err := c.valid([]byte(out)); err != nil {
				t.Errorf("%s: %v", c.format, err)
			}
		}
		if status, _, log := app.Call("check", "-format", c.format, healthy); status != exitHealthy {
			t.Errorf("%s of a healthy network: status %d\n%s", c.format, status, log)
		}
	}
	for _, form := range digestNames {
		status, out, log := app.Call("report", "-digest", form, healthy, sick)
		if status != console.ExitOK || !strings.Contains(out, "vanishing") || len(out) > report.MaxDigest {
			t.Errorf("digest in %s: status %d, %d bytes\n%s%s", form, status, len(out), out, log)
		}
	}
}
