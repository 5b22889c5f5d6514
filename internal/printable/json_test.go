package printable

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestJSONWriter(t *testing.T) {
	text := "net \u202e \x1b \x7f \u0085 \U000e0041 普通 🙂 \u200d \" \\"
	var b bytes.Buffer
	if err := json.NewEncoder(JSONWriter{&b}).Encode([]string{text, "end"}); err != nil {
		t.Fatal(err)
	}
	want := `["net \u202e \u001b \u007f \u0085 \udb40\udc41 普通 🙂 \u200d \" \\","end"]` + "\n"
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
	var back []string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back[0] != text {
		t.Errorf("read back %q, %v", back, err)
	}
}
