// Package internal holds the parts of annexgate. Data goes one way through
// them:
//
//	discover -> load -> select + evaluate -> decide -> record -> report
//	  files    subjects     results        decisions   record   text, sarif, json
//
// A file becomes a subject (discover, source), a policy becomes a compiled rule
// (policy), the two become a result (eval), a result becomes a decision (gate).
// Package check is this line on one screen. What comes out is a run; evidence
// makes the record of it that is kept, report writes it for people and programs.
// A report never changes a decision, and a record is a function of a run.
//
// The packages, bottom layer first. Imports only point down; arch_test.go holds
// them to it.
//
//	annexgate            the nouns: Subject, Policy, Control, Finding, Run
//	position             offsets in text -> lines and columns
//	inert, redact        what may be shown: no control characters, no secrets
//	prose                lines and columns of text for a terminal
//	glob                 patterns of paths
//	workload             pods and their containers, in one shape
//	strictyaml           YAML files whose every key is known
//	control              Annex A of both editions, as data
//	gitrepo              commits, files and refs, over the git binary
//	config               .annexgate.yaml
//	chart                Helm charts, rendered without network or execution
//	soa                  the Statement of Applicability
//	accept               waivers, baseline, inline ignores: read, validated, matched
//	discover             which files are inputs, and of which kind
//	source/terraform     HCL -> subjects, with references and unknowns
//	source/kubernetes    manifests -> subjects, with workloads normalised
//	source/pullrequest   a snapshot -> one subject, with approvals counted
//	source               the table of loaders
//	policy               Rego and its metadata -> policies, compiled on demand
//	gate                 results -> decisions, verdict, status of controls; pure
//	evidence             a run -> a record; where records are kept and found
//	report               a run -> text, JSON, SARIF
//	inspect              subjects -> text, JSON
//	eval                 policies x subjects -> results of three values
//	check                the line above
//	policytest           holds policies to the rules for policies, starts new ones
//	cli                  verbs, flags, exit codes
//
// To add a policy: one folder below policies. An input kind: one package, one
// line in source, one schema. A format: one file, one line in report. A verb:
// one file, one line in cli.
//
// Only cmd/annexgate touches os.Args, the standard streams, the environment and
// the clock; everything else takes them as arguments, so that the whole program
// is a function call in tests.
package internal
