// Package markdown writes text into Markdown.
package markdown

import "strings"

// Escape keeps a text from being read as Markdown or HTML.
func Escape(text string) string { return escapes.Replace(text) }

var escapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "$", `\$`,
	"://", `\://`, "www.", `www\.`, // GitHub turns these into links
)
