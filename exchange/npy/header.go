package npy

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// magic begins every file.
const magic = "\x93NUMPY"

// maxHeader bounds the header; NumPy's own take less than 200 bytes.
const maxHeader = 1 << 16

// A header describes an array.
type header struct {
	format  format
	fortran bool // the first axis varies fastest
	shape   []int
	size    int64 // bytes of the header itself
}

// elements is the number of elements, at most the largest int64 of bytes; shape has passed checkShape.
func (h header) elements() int64 {
	n := int64(1)
	for _, size := range h.shape {
		n *= int64(size)
	}
	return n
}

// readHeader reads as much as the header and no more.
func readHeader(r io.Reader) (header, error) {
	start := make([]byte, len(magic)+2)
	n, err := io.ReadFull(r, start)
	if err != nil && n >= len(magic) && string(start[:len(magic)]) == magic {
		return header{}, errors.Errorf("byte %d: the file ends before the version of the format", n)
	}
	if err != nil || string(start[:len(magic)]) != magic {
		return header{}, errors.Errorf("byte 0: got %q, want %q, with which an NPY file begins", bytes.TrimRight(start, "\x00"), magic)
	}
	length := make([]byte, 2)
	switch version := start[len(magic)]; version {
	case 1:
	case 2, 3:
		length = make([]byte, 4)
	default:
		return header{}, errors.Errorf("byte %d: got version %d, want 1, 2 or 3", len(magic), version)
	}
	at := len(start)
	if _, err := io.ReadFull(r, length); err != nil {
		return header{}, errors.Errorf("byte %d: the file ends before the length of the header", at)
	}
	size := uint32(binary.LittleEndian.Uint16(length))
	if len(length) == 4 {
		size = binary.LittleEndian.Uint32(length)
	}
	if size > maxHeader {
		return header{}, errors.Errorf("byte %d: got a header of %d bytes, want at most %d", at, size, maxHeader)
	}
	at += len(length)
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, errors.Errorf("byte %d: the file ends within the header of %d bytes", at, size)
	}
	h, err := parseHeader(string(text))
	h.size = int64(at) + int64(size)
	return h, errors.Wrapf(err, "byte %d: header %.100q", at, strings.TrimSpace(string(text)))
}

// parseHeader reads a dictionary as Python prints it: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
func parseHeader(text string) (h header, err error) {
	s := scanner{rest: text}
	seen := make(map[string]bool)
	s.want("{")
	for s.err == nil && !s.has("}") {
		key := s.text()
		s.want(":")
		if seen[key] {
			return h, errors.Errorf("got the key %q twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			descr := s.text()
			if s.err == nil {
				h.format, s.err = parseFormat(descr)
			}
		case "fortran_order":
			h.fortran = s.boolean()
		case "shape":
			h.shape = s.tuple()
		default:
			s.fail("one of the keys 'descr', 'fortran_order' and 'shape'")
		}
		if !s.has(",") {
			s.want("}")
			break
		}
	}
	if s.err != nil {
		return h, s.err
	}
	if strings.TrimSpace(s.rest) != "" {
		return h, errors.Errorf("got %.20q after the dictionary, want nothing", s.rest)
	}
	if !seen["descr"] || !seen["fortran_order"] || !seen["shape"] {
		return h, errors.New("want the keys 'descr', 'fortran_order' and 'shape'")
	}
	return h, h.checkShape()
}

// checkShape returns an error unless the elements of the array can be counted.
func (h header) checkShape() error {
	bytes := int64(h.format.size)
	for _, n := range h.shape {
		if n > 0 && bytes > math.MaxInt64/8/int64(n) {
			return errors.Errorf("shape: got %v, want a product that can be counted", h.shape)
		}
		bytes *= int64(n)
	}
	if bytes > math.MaxInt {
		return errors.Errorf("shape: got %v, want an array that this platform can hold", h.shape)
	}
	return nil
}

// A scanner reads Python's literals. After the first error it reads nothing more.
type scanner struct {
	rest string
	err  error
}

func (s *scanner) fail(want string) {
	if s.err == nil {
		s.err = errors.Errorf("got %.20q, want %s", s.rest, want)
	}
}

// has reads a token if it comes next.
func (s *scanner) has(token string) bool {
	s.rest = strings.TrimLeft(s.rest, " \n\t\r")
	rest, found := strings.CutPrefix(s.rest, token)
	if s.err == nil && found {
		s.rest = rest
		return true
	}
	return false
}

func (s *scanner) want(token string) {
	if !s.has(token) {
		s.fail(token)
	}
}

// text reads a quoted text without escapes.
func (s *scanner) text() string {
	for _, quote := range []string{"'", `"`} {
		if !s.has(quote) {
			continue
		}
		if text, rest, found := strings.Cut(s.rest, quote); found && !strings.Contains(text, `\`) {
			s.rest = rest
			return text
		}
	}
	s.fail("a quoted text")
	return ""
}

func (s *scanner) boolean() bool {
	if s.has("True") {
		return true
	}
	s.want("False")
	return false
}

// tuple reads whole numbers in parentheses.
func (s *scanner) tuple() (list []int) {
	s.want("(")
	for s.err == nil && !s.has(")") {
		digits := 0
		for digits < len(s.rest) && '0' <= s.rest[digits] && s.rest[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(s.rest[:digits])
		if err != nil {
			s.fail("a whole number that int can hold")
			return nil
		}
		s.rest = strings.TrimPrefix(s.rest[digits:], "L") // of Python 2
		list = append(list, n)
		if !s.has(",") {
			s.want(")")
			break
		}
	}
	return list
}
