// Package safetensors reads and writes tensors in the safetensors format, version 0.4 and later, in which PyTorch, JAX and
// Hugging Face keep weights: https://github.com/huggingface/safetensors.
//
// A file is 8 bytes with the length of a header, the header as JSON, and the numbers of all tensors one after another, in row-major
// order and little-endian. The header tells of each tensor its name, type, shape and place, and may hold metadata: texts by name.
// [Open] reads the header only; a tensor is read when [File.Tensor] asks for it.
//
// A file that is cut, or whose header does not describe it exactly, is an error. No header makes the package allocate more than a
// few times the size of the file.
package safetensors
