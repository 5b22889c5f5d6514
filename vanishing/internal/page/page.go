package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// Write writes the page of some profiles.
func Write(w io.Writer, diagnoses []vanishing.Diagnosis) error {
	diagnoses = printable.Copy(diagnoses)
	subjects := make([]Subject, len(diagnoses))
	for i, d := range diagnoses {
		subjects[i] = Subject{d.Profile, d}
	}
	text, err := fit(subjects, Whole)
	if err != nil {
		return err
	}
	var noscript strings.Builder
	for _, d := range diagnoses {
		d.Language.Fprintf(&noscript, "<p>%s: %s. %s %s</p>\n", html.EscapeString(d.Profile.Name), d.Verdict.In(d.Language), html.EscapeString(d.Sentence), html.EscapeString(d.Evidence))
	}
	return write(w, languageOf(subjects), title(diagnoses), "", noscript.String(), text)
}

// A LivePage is the page that follows the runs of a server. It holds no data but requests them from its server.
type LivePage struct {
	Text   []byte
	Policy string // the content security policy in the text
}

// Live returns the LivePage in a language.
func Live(language vanishing.Language) (LivePage, error) {
	var b bytes.Buffer
	noscript := "<p>" + language.Text("This page needs JavaScript to follow a run.") + "</p>\n"
	err := write(&b, language, language.Text("Gradients, live"), "events", noscript, []byte("null"))
	return LivePage{b.Bytes(), policy("'self'", bundle(scripts))}, err
}

// policy is the content security policy of a page. It allows the page's script, and connections to one source.
func policy(connect, script string) string {
	sum := sha256.Sum256([]byte(script))
	return fmt.Sprintf("default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src %s; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		connect, base64.StdEncoding.EncodeToString(sum[:]))
}

func title(diagnoses []vanishing.Diagnosis) string {
	var names []string
	for _, d := range diagnoses {
		if d.Profile.Name != "" {
			names = append(names, d.Profile.Name)
		}
	}
	say := diagnoses[0].Language
	if len(names) == 0 {
		return say.Text("Gradients")
	}
	return say.Sprintf("Gradients: %s", strings.Join(names, say.Text(", ")))
}

// write writes the page. Its policy allows connections only for live data, to the server of the page.
func write(w io.Writer, language vanishing.Language, title, events, noscript string, data []byte) error {
	script := bundle(scripts)
	dictionary, err := words(language, script)
	if err != nil {
		return errors.Wrap(err, "page: words")
	}
	connect := "'none'"
	if events != "" {
		connect = "'self'"
	}
	_, err = fmt.Fprintf(w, `<!doctype html>
<html lang="%v">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gradflow">
<link rel="icon" href="data:,">
<title>%s</title>
<style>
%s</style>
</head>
<body>
<main id="app" data-events="%s"><noscript>
%s</noscript></main>
<script type="application/json" id="words">%s</script>
<script type="application/json" id="data">%s</script>
<script>%s</script>
</body>
</html>
`, language, policy(connect, script), html.EscapeString(title), bundle(styles), events, noscript, dictionary, data, script)
	return errors.Wrap(err, "page: write")
}
