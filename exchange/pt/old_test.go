package pt

import (
	"os"
	"testing"
)

func TestOldFormIsRecognised(t *testing.T) {
	raw, err := os.ReadFile("testdata/old.pt")
	if err != nil {
		t.Fatal(err)
	}
	if !IsOld(raw) || IsOld(raw[:8]) || IsOld(nil) {
		t.Error("the form is told by its first 9 bytes")
	}
}
