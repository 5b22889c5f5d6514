package kernel

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Only AVX-512 has vector registers from 16 on, registers of 512 bits and mask registers. On other processors an instruction
// that names one ends the process.
func TestOnlyAVX512UsesItsRegisters(t *testing.T) {
	for _, name := range []string{"vector_amd64.s", "blocked/blocked_amd64.s"} {
		checkRegisters(t, name)
	}
}

func checkRegisters(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	wide := regexp.MustCompile(`\b([XY](1[6-9]|[23][0-9])|Z[0-9]+|K[0-7])\b`)
	functions := strings.Split(string(text), "\nTEXT ·")[1:]
	narrow, found := 0, 0
	for _, f := range functions {
		function, body, _ := strings.Cut(f, "(SB)")
		registers := wide.FindAllString(body, -1)
		if strings.Contains(function, "AVX512") {
			found += len(registers)
			continue
		}
		narrow++
		if registers != nil {
			t.Errorf("%s uses %v, want registers that AVX2 has", function, registers)
		}
	}
	if narrow < len(functions)/8 || found == 0 {
		t.Errorf("%s: got %d functions without AVX-512 of %d, and %d registers of AVX-512 in the others: the test does not understand the file", name, narrow, len(functions), found)
	}
}
