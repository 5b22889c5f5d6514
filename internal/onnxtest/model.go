package onnxtest

// The numbers of the fields are those of onnx.proto.

// readModel reads the nodes of a model. It returns the names of the inputs that are no constants, and the constants.
func (c *Case) readModel(b []byte) (inputs []string, constants []*Tensor, err error) {
	graph, err := bytesOf(b, 7)
	if err != nil || len(graph) == 0 {
		return nil, nil, err
	}
	all, err := fields(graph[0])
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, f := range all {
		switch f.id {
		case 1:
			n, err := readNode(f.bytes)
			if err != nil {
				return nil, nil, err
			}
			c.Nodes = append(c.Nodes, n)
		case 5:
			t, err := readTensor(f.bytes)
			if err != nil {
				return nil, nil, err
			}
			constants = append(constants, t)
		case 11:
			name, err := bytesOf(f.bytes, 1)
			if err != nil {
				return nil, nil, err
			}
			names = append(names, string(name[0]))
		}
	}
	isConstant := make(map[string]bool)
	for _, t := range constants {
		isConstant[t.Name] = true
	}
	for _, name := range names {
		if !isConstant[name] {
			inputs = append(inputs, name)
		}
	}
	return inputs, constants, nil
}

// bytesOf lists the contents of a field of bytes.
func bytesOf(message []byte, id int) (list [][]byte, err error) {
	all, err := fields(message)
	for _, f := range all {
		if f.id == id {
			list = append(list, f.bytes)
		}
	}
	return list, err
}

func readNode(b []byte) (*Node, error) {
	n := &Node{Ints: make(map[string][]int), Floats: make(map[string]float64), Strings: make(map[string]string)}
	all, err := fields(b)
	for _, f := range all {
		switch f.id {
		case 1:
			n.Inputs = append(n.Inputs, string(f.bytes))
		case 2:
			n.Outputs = append(n.Outputs, string(f.bytes))
		case 4:
			n.Op = string(f.bytes)
		case 5:
			if err := n.readAttribute(f.bytes); err != nil {
				return nil, err
			}
		}
	}
	return n, err
}

func (n *Node) readAttribute(b []byte) error {
	all, err := fields(b)
	if err != nil {
		return err
	}
	name := ""
	for _, f := range all {
		switch f.id {
		case 1:
			name = string(f.bytes)
		case 2:
			n.Floats[name] = f.float()
		case 3, 8:
			n.Ints[name] = append(n.Ints[name], f.integers()...)
		case 4:
			n.Strings[name] = string(f.bytes)
		}
	}
	return nil
}

// float32Type is the number of float32 among the types of elements.
const float32Type = 1

func readTensor(b []byte) (*Tensor, error) {
	t, kind := &Tensor{}, 0
	var raw []byte
	all, err := fields(b)
	for _, f := range all {
		switch f.id {
		case 1:
			t.Shape = append(t.Shape, f.integers()...)
		case 2:
			kind = int(f.number)
		case 4, 9:
			raw = append(raw, f.bytes...)
		case 8:
			t.Name = string(f.bytes)
		}
	}
	if kind == float32Type {
		t.Numbers = floats(raw)
	}
	return t, err
}
