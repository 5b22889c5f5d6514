package pt

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/pkg/errors"
)

// An unpickler runs a pickle (the opcodes and what they do are in Python's Lib/pickletools.py). It knows the opcodes with which torch.save
// writes tensors, containers, numbers and texts.
type unpickler struct {
	program []byte
	at      int
	stack   []any
	memo    map[uint64]any
	stored  *storages
}

// unpickle runs a pickle and gives its result.
func unpickle(program []byte, stored *storages) (any, error) {
	u := &unpickler{program: program, memo: make(map[uint64]any), stored: stored}
	for {
		code, err := u.take(1)
		if err != nil {
			return nil, err
		}
		if code[0] == '.' {
			return u.pop()
		}
		if err := u.step(code[0]); err != nil {
			return nil, errors.Wrapf(err, "byte %d", u.at)
		}
	}
}

// step runs one opcode.
func (u *unpickler) step(code byte) error {
	if value, is := constants[code]; is {
		u.push(value())
		return nil
	}
	if size, is := numbers[code]; is {
		return u.number(code, size)
	}
	if size, is := texts[code]; is {
		return u.text(size)
	}
	operation := operations[code]
	if operation == nil {
		return errors.Errorf("got opcode %#x, want one of those that torch.save writes for tensors and containers", code)
	}
	return operation(u)
}

// constants are the opcodes that push a value.
var constants = map[byte]func() any{
	'N':  func() any { return nil },
	0x88: func() any { return true },
	0x89: func() any { return false },
	'}':  func() any { return new(dictionary) },
	']':  func() any { return new(sequence) },
	')':  func() any { return new(sequence) },
	0x8f: func() any { return new(sequence) },
	'(':  func() any { return mark{} },
}

// numbers are the opcodes that push a number of so many bytes, little-endian; 'G' is a float64, big-endian.
var numbers = map[byte]int{'K': 1, 'M': 2, 'J': 4, 'G': 8}

// texts are the opcodes that push a text, with the bytes of its length.
var texts = map[byte]int{0x8c: 1, 'X': 4, 0x8d: 8, 'U': 1, 'T': 4}

// operations are all other opcodes.
var operations map[byte]func(*unpickler) error

func init() {
	operations = map[byte]func(*unpickler) error{
		0x80: func(u *unpickler) error { return u.skip(1) }, // the protocol
		0x95: func(u *unpickler) error { return u.skip(8) }, // the length of a frame
		0x8a: (*unpickler).long,
		'q':  func(u *unpickler) error { return u.put(1) }, 'r': func(u *unpickler) error { return u.put(4) }, 0x94: (*unpickler).memoize,
		'h': func(u *unpickler) error { return u.get(1) }, 'j': func(u *unpickler) error { return u.get(4) },
		0x85: func(u *unpickler) error { return u.tuple(1) }, 0x86: func(u *unpickler) error { return u.tuple(2) },
		0x87: func(u *unpickler) error { return u.tuple(3) }, 't': (*unpickler).markedTuple,
		'a': (*unpickler).append, 'e': (*unpickler).appends, 0x90: (*unpickler).appends,
		's': (*unpickler).setItem, 'u': (*unpickler).setItems,
		'c': (*unpickler).global, 0x93: (*unpickler).stackGlobal,
		'R': (*unpickler).reduce, 0x81: (*unpickler).reduce, 'b': (*unpickler).build, 'Q': (*unpickler).persistent, '0': func(u *unpickler) error { _, err := u.pop(); return err },
	}
}

func (u *unpickler) push(value any) { u.stack = append(u.stack, value) }

func (u *unpickler) pop() (any, error) {
	if len(u.stack) == 0 {
		return nil, errors.New("got an empty stack")
	}
	value := u.stack[len(u.stack)-1]
	if _, is := value.(mark); is {
		return nil, errors.New("got a mark, want a value")
	}
	u.stack = u.stack[:len(u.stack)-1]
	return value, nil
}

// popMark pops what was pushed since the last mark, and the mark.
func (u *unpickler) popMark() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, is := u.stack[i].(mark); is {
			values := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return values, nil
		}
	}
	return nil, errors.New("got no mark on the stack")
}

// top gives the uppermost value as a type.
func top[T any](u *unpickler, what string) (T, error) {
	if len(u.stack) == 0 {
		var none T
		return none, errors.New("got an empty stack")
	}
	return as[T](u.stack[len(u.stack)-1], what)
}

// take reads bytes of the program.
func (u *unpickler) take(n uint64) ([]byte, error) {
	if n > uint64(len(u.program)-u.at) {
		return nil, errors.New("got the end of the pickle before its last opcode (the file is cut)")
	}
	part := u.program[u.at : u.at+int(n)]
	u.at += int(n)
	return part, nil
}

// unsigned reads a number of so many bytes, little-endian.
func (u *unpickler) unsigned(size int) (uint64, error) {
	raw, err := u.take(uint64(size))
	var all [8]byte
	copy(all[:], raw)
	return binary.LittleEndian.Uint64(all[:]), err
}

func (u *unpickler) skip(n int) error { _, err := u.take(uint64(n)); return err }

func (u *unpickler) number(code byte, size int) error {
	n, err := u.unsigned(size)
	switch code {
	case 'G':
		var raw [8]byte
		binary.LittleEndian.PutUint64(raw[:], n)
		u.push(math.Float64frombits(binary.BigEndian.Uint64(raw[:])))
	case 'J':
		u.push(int64(int32(n)))
	default:
		u.push(int64(n))
	}
	return err
}

// long pushes a whole number of up to 8 bytes, in two's complement.
func (u *unpickler) long() error {
	size, err := u.unsigned(1)
	if err != nil {
		return err
	}
	if size > 8 {
		return errors.Errorf("got a number of %d bytes, want at most 8", size)
	}
	n, err := u.unsigned(int(size))
	if shift := 64 - 8*size; size > 0 {
		u.push(int64(n<<shift) >> shift)
	} else {
		u.push(int64(0))
	}
	return err
}

func (u *unpickler) text(size int) error {
	n, err := u.unsigned(size)
	if err != nil {
		return err
	}
	raw, err := u.take(n)
	u.push(string(raw))
	return err
}

// put notes the uppermost value under a number.
func (u *unpickler) put(size int) error {
	key, err := u.unsigned(size)
	if err != nil {
		return err
	}
	value, err := top[any](u, "a value")
	u.memo[key] = value
	return err
}

// memoize notes the uppermost value under the next number.
func (u *unpickler) memoize() error {
	value, err := top[any](u, "a value")
	u.memo[uint64(len(u.memo))] = value
	return err
}

func (u *unpickler) get(size int) error {
	key, err := u.unsigned(size)
	if err != nil {
		return err
	}
	value, has := u.memo[key]
	if !has {
		return errors.Errorf("got no value under number %d", key)
	}
	u.push(value)
	return nil
}

// tuple makes a tuple of the uppermost values.
func (u *unpickler) tuple(n int) error {
	if len(u.stack) < n {
		return errors.New("got an empty stack")
	}
	at := len(u.stack) - n
	t := &sequence{append([]any(nil), u.stack[at:]...)}
	u.stack = append(u.stack[:at], t)
	return nil
}

func (u *unpickler) markedTuple() error {
	values, err := u.popMark()
	u.push(&sequence{values})
	return err
}

func (u *unpickler) append() error {
	value, err := u.pop()
	if err != nil {
		return err
	}
	list, err := top[*sequence](u, "a list")
	if err == nil {
		list.values = append(list.values, value)
	}
	return err
}

func (u *unpickler) appends() error {
	values, err := u.popMark()
	if err != nil {
		return err
	}
	list, err := top[*sequence](u, "a list")
	if err == nil {
		list.values = append(list.values, values...)
	}
	return err
}

func (u *unpickler) setItem() error {
	value, err := u.pop()
	if err != nil {
		return err
	}
	key, err := u.pop()
	if err != nil {
		return err
	}
	d, err := top[*dictionary](u, "a dictionary")
	if err != nil {
		return err
	}
	return d.set(key, value)
}

func (u *unpickler) setItems() error {
	values, err := u.popMark()
	if err != nil {
		return err
	}
	d, err := top[*dictionary](u, "a dictionary")
	if err != nil {
		return err
	}
	if len(values)%2 != 0 {
		return errors.Errorf("a dictionary: got %d keys and values, want pairs", len(values))
	}
	for i := 0; i < len(values); i += 2 {
		if err := d.set(values[i], values[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// global pushes a class or function by the two lines with its module and name.
func (u *unpickler) global() error {
	module, rest, ok := strings.Cut(string(u.program[u.at:min(len(u.program), u.at+1024)]), "\n")
	name, _, both := strings.Cut(rest, "\n")
	if !ok || !both {
		return errors.New("got a class without a name")
	}
	u.at += len(module) + len(name) + 2
	u.push(class(module + "." + name))
	return nil
}

func (u *unpickler) stackGlobal() error {
	name, err := u.pop()
	if err != nil {
		return err
	}
	module, err := u.pop()
	if err != nil {
		return err
	}
	m, isText := module.(string)
	n, both := name.(string)
	if !isText || !both {
		return errors.Errorf("got a class whose module is %s and name %s, want texts", kind(module), kind(name))
	}
	u.push(class(m + "." + n))
	return nil
}

// reduce calls a function.
func (u *unpickler) reduce() error {
	args, err := u.pop()
	if err != nil {
		return err
	}
	function, err := u.pop()
	if err != nil {
		return err
	}
	arguments, err := as[*sequence](args, "a list of arguments")
	if err != nil {
		return err
	}
	name, err := as[class](function, "a function")
	if err != nil {
		return err
	}
	value, err := call(name, arguments)
	u.push(value)
	return err
}

// build gives attributes to a dictionary, as state_dict does with its version. They are left out.
func (u *unpickler) build() error {
	if _, err := u.pop(); err != nil {
		return err
	}
	_, err := top[*dictionary](u, "a dictionary")
	return err
}

// persistent pushes a storage: ("storage", its class, its key, its device, its elements).
func (u *unpickler) persistent() error {
	id, err := u.pop()
	if err != nil {
		return err
	}
	parts, err := as[*sequence](id, "a storage")
	if err != nil {
		return err
	}
	if len(parts.values) != 5 {
		return errors.Errorf("a storage: got %d values, want 5", len(parts.values))
	}
	typ, _ := parts.values[1].(class)
	key, _ := parts.values[2].(string)
	elements, _ := parts.values[4].(int64)
	dtype, known := storageTypes[strings.TrimPrefix(string(typ), "torch.")]
	if !known {
		return errors.Errorf("a storage: got %s, want one of torch's classes such as torch.FloatStorage", kind(parts.values[1]))
	}
	s, err := u.stored.find(key, dtype, elements)
	u.push(s)
	return err
}
