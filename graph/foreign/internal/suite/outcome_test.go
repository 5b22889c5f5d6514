package suite

import (
	"strings"
	"testing"
)

// A process that a test has ended is followed by one for the tests after it.
func TestRunAll(t *testing.T) {
	var patterns []string
	got, err := runAll([]string{"TestA", "TestB", "TestC"}, func(pattern string) ([]byte, error) {
		patterns = append(patterns, pattern)
		if len(patterns) == 1 {
			return []byte(`{"Action":"start"}
				{"Action":"run","Test":"TestA"}
				{"Action":"pass","Test":"TestA/x"}
				{"Action":"pass","Test":"TestA"}
				{"Action":"run","Test":"TestB"}
				{"Action":"output","Test":"TestB","Output":"panic: "}
				{"Action":"output","Test":"TestB","Output":"nil"}
				{"Action":"fail"}`), nil
		}
		return []byte(`{"Action":"skip","Test":"TestC"}`), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for test, passed := range map[string]bool{"TestA": true, "TestA/x": true, "TestB": false, "TestC": true} {
		if got[test] == nil || got[test].Passed != passed {
			t.Errorf("%s: got %+v, want passed %v", test, got[test], passed)
		}
	}
	if out := got["TestB"].Output; out != "panic: nil" {
		t.Errorf("got the output %q", out)
	}
	if want := "^(TestA|TestB|TestC)$ ^(TestC)$"; strings.Join(patterns, " ") != want {
		t.Errorf("ran %v, want %s", patterns, want)
	}
}

func TestRunAllWithoutEnd(t *testing.T) {
	_, err := runAll([]string{"TestA"}, func(string) ([]byte, error) { return []byte(`{"Action":"fail"}`), nil })
	if err == nil || !strings.Contains(err.Error(), "TestA") {
		t.Errorf("got %v, want an error that names the test", err)
	}
	_, err = runAll([]string{"TestA"}, func(string) ([]byte, error) { return []byte("FAIL"), nil })
	if err == nil || !strings.Contains(err.Error(), "test2json") {
		t.Errorf("got %v, want an error of the output", err)
	}
}
