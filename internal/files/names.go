package files

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most bytes of a name, before the number that may tell it from others. Systems allow 255 with all endings.
const maxName = 80

// reserved are the names of devices on Windows, whatever follows after a dot.
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)`)

// Names turns titles into names of files or folders that all systems take: each differs from the others, in more than
// upper and lower case. Letters, digits, dashes, underscores, dots and spaces stay as they are, and all else becomes dashes.
// The same titles give the same names.
func Names(titles []string) []string {
	names := make([]string, len(titles))
	taken := make(map[string]bool)
	for i, title := range titles {
		name := plainName(title)
		names[i] = name
		for n := 2; taken[fold(names[i])]; n++ {
			names[i] = fmt.Sprintf("%s-%d", name, n)
		}
		taken[fold(names[i])] = true
	}
	return names
}

// plainName is a title as a name.
func plainName(title string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_. ", r) {
			return r
		}
		return '-'
	}, title)
	name = strings.Trim(shorten(name), ". ")
	switch {
	case name == "":
		return "network"
	case reserved.MatchString(name):
		return "_" + name
	}
	return name
}

// shorten cuts a name between two runes.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	end := maxName
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// fold makes names equal that differ in upper and lower case alone.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
