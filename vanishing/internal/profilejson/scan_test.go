package profilejson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// What the scanner passes over is what encoding/json holds for JSON: of every beginning of a text, and of every text with one
// character changed.
func TestScannerKnowsJSON(t *testing.T) {
	const good = `{"a":[1,-0.5e+3,0,10.25E2],"b\n":{},"c":[],"d":[true,false,null,"NaN"," \u00e9\"x"],"e":{"f":-1e-300} }`
	check := func(text string) {
		t.Helper()
		s := &scanner{text: []byte(text)}
		err := s.skip()
		if got, want := err == nil && len(bytes.TrimSpace(s.text[s.at:])) == 0, json.Valid([]byte(text)); got != want {
			t.Errorf("%s: passed %t, want %t: %v", text, got, want, err)
		}
	}
	check(good)
	for i := range good {
		check(good[:i])
		check(good[:i] + good[i+1:])
		for _, c := range []string{"0", "1", ".", "e", "-", "+", `"`, "\\", ",", ":", "[", "]", "{", "}", "n", " ", "\t", "\x00", "é"} {
			check(good[:i] + c + good[i+1:])
			check(good[:i] + c + good[i:])
		}
	}
	if err := (&scanner{text: []byte(strings.Repeat("[", 1_000_000))}).skip(); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("a million lists in each other: %v", err)
	}
}
