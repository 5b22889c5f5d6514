package profilejson

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// mostDepth is how deep lists and objects may lie in each other.
const mostDepth = 1000

// A scanner finds where the parts of a text of JSON end.
type scanner struct {
	text      []byte
	at, depth int
}

// next is the next character that is no space; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// wrong says that something else was expected.
func (s *scanner) wrong(expected string) error {
	if s.next() == 0 && s.at >= len(s.text) {
		return errors.WithMessage(io.ErrUnexpectedEOF, ": expected "+expected)
	}
	return errors.Errorf(" is %.20q at byte %d: expected %s", s.text[s.at:min(s.at+20, len(s.text))], s.at, expected)
}

// items calls a function at each item between brackets.
func (s *scanner) items(open, end byte, item func() error) error {
	if s.next() != open {
		return s.wrong(map[byte]string{'[': "a list", '{': "an object"}[open])
	}
	if s.depth++; s.depth > mostDepth {
		return errors.Errorf(": lists and objects lie more than %d deep in each other", mostDepth)
	}
	s.at++
	if s.next() == end {
		s.at, s.depth = s.at+1, s.depth-1
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case end:
			s.at, s.depth = s.at+1, s.depth-1
			return nil
		default:
			return s.wrong("a comma or the end")
		}
	}
}

// key reads the name of a member, in quotes, with the colon behind it.
func (s *scanner) key() ([]byte, error) {
	if s.next() != '"' {
		return nil, s.wrong("a name in quotes")
	}
	key, err := s.token()
	if err != nil {
		return nil, err
	}
	if s.next() != ':' {
		return nil, s.wrong("a colon")
	}
	s.at++
	if bytes.IndexByte(key, '\\') < 0 {
		return key, nil
	}
	var name string
	err = json.Unmarshal(key, &name)
	return strconv.AppendQuote(nil, name), errors.WithMessage(err, ":")
}

// token reads a string, in quotes, a number or a word.
func (s *scanner) token() ([]byte, error) {
	c, start := s.next(), s.at
	switch {
	case c == '"':
		return s.quoted()
	case c == '-' || isDigit(c):
		if !s.number() {
			return nil, s.wrong("a digit")
		}
		return s.text[start:s.at], nil
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
			s.at += len(word)
			return s.text[start:s.at], nil
		}
	}
	return nil, s.wrong("a value")
}

func (s *scanner) quoted() ([]byte, error) {
	start, plain := s.at, true
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			token := s.text[start:s.at]
			if !plain && !json.Valid(token) {
				return nil, errors.Errorf(" is %.40s: expected a string of JSON", token)
			}
			return token, nil
		case c == '\\':
			plain = false
			s.at++
		case c < ' ':
			plain = false
		}
	}
	return nil, s.wrong("the end of a string")
}

// number passes over a number, and tells whether it is one.
func (s *scanner) number() bool {
	s.optional("-")
	if !s.optional("0") && !s.digits() {
		return false
	}
	if s.optional(".") && !s.digits() {
		return false
	}
	if !s.optional("eE") {
		return true
	}
	s.optional("+-")
	return s.digits()
}

// optional passes over one of some characters, and tells whether there was one.
func (s *scanner) optional(characters string) bool {
	found := s.at < len(s.text) && strings.IndexByte(characters, s.text[s.at]) >= 0
	if found {
		s.at++
	}
	return found
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// skip passes over a value.
func (s *scanner) skip() error {
	switch s.next() {
	case '[':
		return s.items('[', ']', s.skip)
	case '{':
		return s.items('{', '}', func() error {
			if _, err := s.key(); err != nil {
				return err
			}
			return s.skip()
		})
	}
	_, err := s.token()
	return err
}
