package files

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the maximum length of a name in bytes, without the number that Names may append. Systems allow 255 with all
// extensions.
const maxName = 80

// reserved matches the names of Windows devices, with or without an extension.
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)`)

// Names turns titles into names of files or folders that are valid on all systems. The names differ from each other in more
// than case. Letters, digits, dashes, underscores, dots and spaces stay as they are; every other character becomes a dash.
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

// plainName turns a title into a valid name, which need not be unique.
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

// shorten cuts a name to at most maxName bytes, between two runes.
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

// fold maps names that differ only in case to the same text.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
