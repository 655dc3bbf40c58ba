package chart

import (
	"sort"
	"text/template/parse"
)

// Functions that templates call without naming them.
const (
	tickName  = "annexgateTick"  // counts the turns of a loop
	printName = "annexgatePrint" // counts what is printed
	stripName = "annexgateStrip" // takes markers out of a text
)

// A preparation changes the parsed form of a template: loops and what is
// printed are counted, {{template}} becomes {{include}}, whose depth is
// bounded, and text and actions get markers.
type preparation struct {
	tree  *parse.Tree
	lines lines
	marks *marker // nil: no markers
	file  int
}

// list prepares the nodes of a list. A body is what is rendered as often as it
// is called or looped over.
func (p *preparation) list(l *parse.ListNode, body bool) {
	if l == nil {
		return
	}
	var nodes []parse.Node
	if body {
		nodes = append(nodes, p.action(l.Pos, p.call(l.Pos, tickName)))
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			if p.marks != nil {
				n.Text = p.marks.text(p.file, p.lines.of(n.Pos), n.Text)
			}
		case *parse.ActionNode:
			p.compared(n.Pipe)
			nodes = append(nodes, p.mark(n.Pos)...)
			if len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, p.call(n.Pos, printName))
			}
		case *parse.TemplateNode:
			nodes = append(nodes, p.mark(n.Pos)...)
			nodes = append(nodes, p.include(n))
			continue
		case *parse.IfNode:
			p.branch(&n.BranchNode, false)
		case *parse.WithNode:
			p.branch(&n.BranchNode, false)
		case *parse.RangeNode:
			p.branch(&n.BranchNode, true)
		}
		nodes = append(nodes, n)
	}
	l.Nodes = nodes
}

func (p *preparation) branch(n *parse.BranchNode, loop bool) {
	p.compared(n.Pipe)
	p.list(n.List, loop)
	p.list(n.ElseList, false)
}

// include returns {{template "name" dot}} as {{include "name" dot}}.
func (p *preparation) include(n *parse.TemplateNode) parse.Node {
	c := p.call(n.Pos, "include")
	c.Args = append(c.Args, &parse.StringNode{NodeType: parse.NodeString, Pos: n.Pos, Quoted: n.Name, Text: n.Name})
	if n.Pipe != nil {
		c.Args = append(c.Args, n.Pipe)
	} else {
		c.Args = append(c.Args, &parse.NilNode{NodeType: parse.NodeNil, Pos: n.Pos})
	}
	return p.action(n.Pos, c)
}

// comparing are the functions of text/template itself that look into texts.
// What they look at must have no markers.
var comparing = map[string]bool{"eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true, "len": true}

// compared takes the markers out of what a pipeline compares.
func (p *preparation) compared(pipe *parse.PipeNode) {
	if p.marks == nil {
		return
	}
	var cmds []*parse.CommandNode
	for i, c := range pipe.Cmds {
		fn, ok := c.Args[0].(*parse.IdentifierNode)
		strips := ok && comparing[fn.Ident]
		for j, arg := range c.Args {
			if inner, ok := arg.(*parse.PipeNode); ok {
				p.compared(inner)
			}
			if strips {
				c.Args[j] = p.unmarked(arg)
			}
		}
		if strips && i > 0 {
			cmds = append(cmds, p.call(c.Pos, stripName))
		}
		cmds = append(cmds, c)
	}
	pipe.Cmds = cmds
}

// unmarked returns an argument without markers, if it can have some.
func (p *preparation) unmarked(arg parse.Node) parse.Node {
	pos := arg.Position()
	switch arg.(type) {
	case *parse.PipeNode, *parse.VariableNode:
		first := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{arg}}
		return &parse.PipeNode{
			NodeType: parse.NodePipe, Pos: pos, Line: p.lines.of(pos),
			Cmds: []*parse.CommandNode{first, p.call(pos, stripName)},
		}
	}
	return arg
}

// mark returns a marker for the line of pos.
func (p *preparation) mark(pos parse.Pos) []parse.Node {
	if p.marks == nil {
		return nil
	}
	text := p.marks.at(p.file, p.lines.of(pos))
	return []parse.Node{&parse.TextNode{NodeType: parse.NodeText, Pos: pos, Text: []byte(text)}}
}

func (p *preparation) call(pos parse.Pos, name string) *parse.CommandNode {
	return &parse.CommandNode{
		NodeType: parse.NodeCommand, Pos: pos,
		Args: []parse.Node{parse.NewIdentifier(name).SetPos(pos).SetTree(p.tree)},
	}
}

func (p *preparation) action(pos parse.Pos, call *parse.CommandNode) parse.Node {
	line := p.lines.of(pos)
	return &parse.ActionNode{
		NodeType: parse.NodeAction, Pos: pos, Line: line,
		Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Line: line, Cmds: []*parse.CommandNode{call}},
	}
}

// lines knows at which bytes the lines of a text begin.
type lines []int

func newLines(text string) lines {
	l := lines{0}
	for i := range len(text) {
		if text[i] == '\n' {
			l = append(l, i+1)
		}
	}
	return l
}

// of returns the line that a byte is in, from 1.
func (l lines) of(pos parse.Pos) int {
	return sort.SearchInts(l, int(pos)+1)
}
