package terraform

// limits bound what a hostile configuration can make us do. HCL and the
// function libraries have none of their own.
type limits struct {
	fileBytes  int   // of one file that is parsed or read
	planBytes  int   // of one plan
	brackets   int   // nesting of brackets, blocks and templates: hcl's stack overflow is not recoverable
	operators  int   // nesting counted with operators, which nest too
	parts      int   // of texts, each counted with those before it
	instances  int   // of resources and modules, under one root
	modules    int   // module instances under one root
	chain      int   // modules inside modules
	depth      int   // references inside references, weighed with the nesting of their files
	steps      int64 // evaluated nodes, under one root
	exported   int64 // values in subjects, under one root
	edges      int64 // references between blocks, under one root
	elements   int64 // list elements and object attributes built, under one root
	bytes      int64 // of text built, under one root
	valueSize  int   // elements of one value
	stringSize int   // bytes of one text
}

func (l limits) orDefaults() limits {
	return limits{
		fileBytes:  orDefault(l.fileBytes, 8<<20),
		planBytes:  orDefault(l.planBytes, 64<<20),
		brackets:   orDefault(l.brackets, 500),
		operators:  orDefault(l.operators, 5000),
		parts:      orDefault(l.parts, 2_000_000_000),
		instances:  orDefault(l.instances, 100_000),
		modules:    orDefault(l.modules, 10_000),
		chain:      orDefault(l.chain, 32),
		depth:      orDefault(l.depth, 20_000),
		steps:      orDefault(l.steps, 10_000_000),
		exported:   orDefault(l.exported, 3_000_000),
		edges:      orDefault(l.edges, 1_000_000),
		elements:   orDefault(l.elements, 2_500_000),
		bytes:      orDefault(l.bytes, 256<<20),
		valueSize:  orDefault(l.valueSize, 500_000),
		stringSize: orDefault(l.stringSize, 16<<20),
	}
}

func orDefault[T int | int64](n, fallback T) T {
	if n == 0 {
		return fallback
	}
	return n
}
