package terraform

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/annexgate/annexgate/internal/annexgate"
)

// The rules of a security group stand in the group, in aws_security_group_rule
// or in aws_vpc_security_group_*_rule. Policies see one shape of them: the fact
// rules.

// groupTypes are the resources that are a security group.
var groupTypes = set("aws_security_group", "aws_default_security_group")

// ruleTypes are the resources that are one rule, and its direction; empty where
// the argument type says it.
var ruleTypes = map[string]string{
	"aws_security_group_rule":             "",
	"aws_vpc_security_group_ingress_rule": "ingress",
	"aws_vpc_security_group_egress_rule":  "egress",
}

// addRules adds the fact rules: to a group those that are written in it and
// those that are for it, to a rule itself. items are the subjects' own, for
// those that a configuration tells of.
func addRules(subjects []*annexgate.Subject, items map[*annexgate.Subject]*item) {
	separate := map[*annexgate.Subject][]any{}
	for _, s := range subjects {
		direction, ok := ruleTypes[s.Type]
		if !ok {
			continue
		}
		rule := separateRule(s, direction)
		s.Facts["rules"] = []any{rule}
		if it := items[s]; it != nil {
			for _, group := range it.groups() {
				separate[group] = append(separate[group], rule)
			}
		}
	}
	for _, s := range subjects {
		if !groupTypes[s.Type] {
			continue
		}
		rules := separate[s]
		slices.SortStableFunc(rules, func(a, b any) int { return strings.Compare(addressOf(a), addressOf(b)) })
		if rules = append(inlineRules(s), rules...); len(rules) > 0 {
			s.Facts["rules"] = rules
		}
	}
}

func addressOf(rule any) string {
	facts, _ := rule.(map[string]any)
	address, _ := facts["address"].(string)
	return address
}

// groups returns the groups of the configuration that a rule is for.
func (it *item) groups() []*annexgate.Subject {
	a := it.set.body.attr("security_group_id")
	if a == nil {
		return nil
	}
	x := &exporter{refs: refs{}}
	x.value(it.attribute(a), nil, nil)
	var groups []*annexgate.Subject
	for other := range x.refs {
		if other.subject != nil && groupTypes[other.subject.Type] {
			groups = append(groups, other.subject)
		}
	}
	return groups
}

// separateRule describes a resource that is one rule.
func separateRule(s *annexgate.Subject, direction string) map[string]any {
	rule := describeRule(s.Values, nil, s.Address)
	if direction != "" {
		rule["direction"] = direction
	} else if value := s.Values["type"]; value != nil {
		rule["direction"] = lowered(value)
	}
	return rule
}

// inlineRules describes the rules that are written in a group, as blocks or, by
// the older syntax, as lists of objects.
func inlineRules(s *annexgate.Subject) []any {
	rules := []any{}
	for _, direction := range []string{"ingress", "egress"} {
		list, isList := s.Values[direction].([]any)
		if !isList {
			if isUnsettled(s.Values[direction]) {
				rules = append(rules, asUnknown(s.Values[direction]))
			}
			continue
		}
		for i, item := range list {
			switch item := item.(type) {
			case map[string]any:
				rule := describeRule(item, []any{direction, i}, s.Address)
				rule["direction"] = direction
				rules = append(rules, rule)
			case annexgate.UnknownValue, annexgate.Reference:
				rules = append(rules, asUnknown(item))
			}
		}
	}
	return rules
}

// sources lists the arguments that say where traffic comes from or goes to, by
// the list of the fact that they go into.
var sources = []struct{ argument, list string }{
	{"cidr_blocks", "cidrs"},
	{"ipv6_cidr_blocks", "cidrs"},
	{"cidr_ipv4", "cidrs"},
	{"cidr_ipv6", "cidrs"},
	{"security_groups", "groups"},
	{"source_security_group_id", "groups"},
	{"referenced_security_group_id", "groups"},
	{"prefix_list_ids", "prefix_lists"},
	{"prefix_list_id", "prefix_lists"},
}

// describeRule brings one rule into the shape that policies see. It is written
// at path in the subject at address.
func describeRule(values map[string]any, path []any, address string) map[string]any {
	paths := map[string]any{}
	rule := map[string]any{
		"address": address, "path": pathFacts(path),
		"cidrs": []any{}, "groups": []any{}, "prefix_lists": []any{}, "cidr_paths": paths,
	}
	for _, s := range sources {
		value, ok := values[s.argument]
		if !ok || value == nil || value == "" {
			continue
		}
		at := append(slices.Clone(path), s.argument)
		items, isList := value.([]any)
		if !isList {
			items = []any{value}
		}
		so, _ := rule[s.list].([]any)
		for i, item := range items {
			if isList {
				at = append(slices.Clone(path), s.argument, i)
			}
			if text, ok := item.(string); ok && s.list == "cidrs" && paths[text] == nil {
				paths[text] = pathFacts(at)
			}
			if item != nil {
				so = append(so, item)
			}
		}
		rule[s.list] = so
	}
	rule["self"] = false
	if self, ok := values["self"]; ok {
		rule["self"] = truth(self)
	}
	if description, ok := values["description"]; ok && description != "" {
		rule["description"] = description
	}
	describeProtocol(rule, values)
	return rule
}

// protocols are names of IANA's numbers.
var protocols = map[string]string{"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

// describeProtocol adds the protocol and, for one that has them, the ports. For
// ICMP they are a type and a code.
func describeProtocol(rule, values map[string]any) {
	protocol, ok := values["protocol"]
	if !ok {
		protocol, ok = values["ip_protocol"]
	}
	if !ok {
		return
	}
	protocol = lowered(protocol)
	if name, ok := protocol.(string); ok && protocols[name] != "" {
		protocol = protocols[name]
	}
	rule["protocol"] = protocol
	if name, ok := protocol.(string); ok && !slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, name) {
		return // AWS opens all ports of any other protocol, whatever the rule says
	}
	for _, name := range []string{"from_port", "to_port"} {
		if port, ok := numeric(values[name]); ok {
			rule[name] = port
		}
	}
}

// lowered returns a scalar as text in lower case.
func lowered(value any) any {
	if isUnsettled(value) {
		return value
	}
	return strings.ToLower(strings.TrimSpace(fmt.Sprint(value)))
}

// numeric returns a number, quoted or not, or what stands for one.
func numeric(value any) (any, bool) {
	switch value := value.(type) {
	case json.Number, annexgate.UnknownValue:
		return value, true
	case annexgate.Reference:
		return asUnknown(value), true
	case string:
		if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
			return json.Number(strconv.FormatInt(n, 10)), true
		}
	}
	return nil, false
}

// truth returns a truth value, quoted or not, or what stands for one.
func truth(value any) any {
	switch value := value.(type) {
	case annexgate.UnknownValue:
		return value
	case annexgate.Reference:
		return asUnknown(value)
	}
	return value == true || value == "true"
}
