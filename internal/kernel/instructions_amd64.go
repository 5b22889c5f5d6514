package kernel

// What packages with assembly of their own need to follow the conventions of this one.

// UsesAVX2 reports whether the kernels use AVX2 or AVX-512.
func UsesAVX2() bool { return useAVX2 }

// UsesAVX512 reports whether the kernels use AVX-512.
func UsesAVX512() bool { return useAVX512 }

// Mode is the value of the control register during a kernel, as [KeepSubnormals] has set it.
func Mode() uint32 { return mode() }

// Note sets f if the flags that a kernel raised tell that it flushed a result.
func (f *Flushed) Note(flags uint32) { f.note(flags) }
