package page

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
)

// The calls in the scripts that return a text in the page's language: t with a text, and plural with a noun.
var (
	textCalls   = regexp.MustCompile(`\bt\('((?:[^'\\]|\\.)*)'`)
	pluralCalls = regexp.MustCompile(`\bplural\([^']*, '([a-z ]+)'\)`)
)

// words is the dictionary of the scripts as JSON, from English texts to those of a language, if they differ.
func words(language vanishing.Language, script string) ([]byte, error) {
	dictionary := make(map[string]string) // empty for English
	add := func(english string) {
		if text := language.Text(english); text != english {
			dictionary[english] = text
		}
	}
	for _, call := range textCalls.FindAllStringSubmatch(script, -1) {
		add(strings.ReplaceAll(call[1], `\'`, `'`))
	}
	for _, call := range pluralCalls.FindAllStringSubmatch(script, -1) {
		add("%d " + call[1] + "s")
	}
	for _, name := range slices.Concat(vanishing.Rules(), names()) {
		add(name)
	}
	return json.Marshal(dictionary)
}

// names are the names of verdicts and severities.
func names() (list []string) {
	for v := vanishing.Undetermined; v <= vanishing.Stuck; v++ {
		list = append(list, v.String())
	}
	for s := vanishing.Note; s <= vanishing.Critical; s++ {
		list = append(list, s.String())
	}
	return list
}
