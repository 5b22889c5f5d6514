package onnxfile

// StartSize is the number of bytes that Is wants.
const StartSize = 9

// Is tells from the first bytes of a file whether it is of ONNX: it begins with the version of the format, a small number in the wire
// format of protocol buffers. A safetensors file may begin so too, and has a brace in its ninth byte.
func Is(start []byte) bool {
	return len(start) > 2 && start[0] == 8 && start[1] < 128 && !(len(start) >= StartSize && start[8] == '{')
}
