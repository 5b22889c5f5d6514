package lang

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Stored is a text that a profile holds, in English, in the language. Such a text has been put together elsewhere, so that it is
// compared with the formats of a table of its own.
func (l Language) Stored(english string) string {
	if l != Chinese {
		return english
	}
	for _, p := range storedPatterns() {
		m := p.english.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		args := make([]any, len(m)-1)
		for i, text := range m[1:] {
			args[i] = l.Stored(text)
		}
		return fmt.Sprintf(p.chinese, args...)
	}
	return l.Text(english)
}

// A storedPattern is an entry of zhStored.
type storedPattern struct {
	english *regexp.Regexp
	chinese string
}

// storedPatterns are the entries, the longest first, so that the most special one is found.
var storedPatterns = sync.OnceValue(func() []storedPattern {
	texts := slices.SortedFunc(maps.Keys(zhStored), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	list := make([]storedPattern, len(texts))
	for i, text := range texts {
		list[i] = storedPattern{regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(text), "%s", "(.+)") + "$"), zhStored[text]}
	}
	return list
})
