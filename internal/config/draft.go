package config

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// A Draft is what is known of a repository that has no configuration yet.
type Draft struct {
	Inputs    []string // what there is to judge, in words: 12 Terraform files
	VarFiles  []string // of Terraform, that are not read by themselves
	CI        []CI
	Approvers []string // whom CODEOWNERS names for its own folder
}

// A CI is a system that runs checks on changes.
type CI struct {
	Name string // GitHub Actions
	Base string // how it writes the base commit of a change
}

// Systems are the CI systems that annexgate recognises, by the file or folder
// that configures them.
var Systems = []struct {
	Path string
	CI
}{
	{".github/workflows", CI{"GitHub Actions", "${{ github.event.pull_request.base.sha }}"}},
	{".gitlab-ci.yml", CI{"GitLab CI", "$CI_MERGE_REQUEST_DIFF_BASE_SHA"}},
	{"azure-pipelines.yml", CI{"Azure Pipelines", "origin/$(System.PullRequest.TargetBranchName)"}},
	{"bitbucket-pipelines.yml", CI{"Bitbucket Pipelines", "origin/$BITBUCKET_PR_DESTINATION_BRANCH"}},
	{".circleci/config.yml", CI{"CircleCI", "origin/main"}},
	{"Jenkinsfile", CI{"Jenkins", "origin/$CHANGE_TARGET"}},
}

// template is the file. A line that starts with # and no space behind it is
// configuration that is not in force; it says the default.
const template = `# How annexgate judges this repository.
#
# annexgate config show prints what holds and where it comes from; annexgate config
# schema describes every key. Files and globs start from the root of the repository.
#
# Found here: %s
%s
version: 1

# What blocks.
gate:
  # The least severity that blocks: low, medium, high, critical or never.
  fail_on: high
  # What cannot be judged before apply: report it, or let it block.
  #unknown: report
  # enforce, or advisory: nothing blocks, and the run says what would.
  #mode: enforce
  # With --diff-base: all failures block, or only introduced ones.
  #block: all
  # Other thresholds for the policies of a control, or for certain files.
  #controls:
    #A.8.24: {fail_on: medium, unknown: block}
  #paths:
    #- {glob: "sandbox/**", fail_on: never}

# Which policies judge. Names are IDs or their beginning, aliases, controls, severities.
#policies:
  #dirs: [policies]
  #only: []
  #skip: []
  #builtin: true
  #timeout: 5s

# What is examined.
%s

# With --base: whether a change of configuration, policies, Statement of
# Applicability, waivers or baseline blocks until one of the approvers approves it.
%s

# Parameters of policies: annexgate policies show ID lists those of a policy.
#settings:
  #required_approvals: 2

# The Statement of Applicability: annexgate soa init writes one.
#soa:
  #file: soa.yaml

# Failures that are accepted for a time, and for how many days at most.
#waivers:
  #file: waivers.yaml
  #max_days: {low: 90, medium: 90, high: 90, critical: 30}
  # Inline ignores of other tools: report or honour.
  #other_tools: report

# Failures that were there before: annexgate baseline write records them.
#baseline:
  #file: baseline.yaml

# Records go to refs/annexgate/evidence of this repository.
#evidence:
  #keep: true
`

// Write writes the file that d suggests.
func (d Draft) Write(w io.Writer) error {
	found := cmp.Or(strings.Join(d.Inputs, ", "), "nothing to judge yet")
	var ci strings.Builder
	for _, system := range d.CI {
		fmt.Fprintf(&ci, "#\n# %s: let a change be judged by the rules of its base:\n#   annexgate check --base \"%s\"\n", system.Name, system.Base)
	}
	exclude := "  #exclude: [\"**/testdata/**\"]"
	inputs := "#inputs:\n" + exclude + "\n  #terraform:\n    #var_files: [env/prod.tfvars]"
	if len(d.VarFiles) > 0 {
		inputs = fmt.Sprintf("#inputs:\n%s\n  # Files of variables here; each describes one environment.\n  #terraform:\n    #var_files: [%s]", exclude, quoted(d.VarFiles[:1]))
	}
	trust := "#trust:\n  #rule_changes: block\n  #approvers: [\"@acme/security\"]"
	if len(d.Approvers) > 0 {
		trust = fmt.Sprintf("trust:\n  #rule_changes: block\n  # Whom CODEOWNERS names for .github.\n  approvers: [%s]", quoted(d.Approvers))
	}
	_, err := fmt.Fprintf(w, template, found, ci.String(), inputs, trust)
	return err
}

// quoted returns names as items of a list in YAML.
func quoted(names []string) string {
	var items []string
	for _, name := range names {
		items = append(items, fmt.Sprintf("%q", name))
	}
	return strings.Join(items, ", ")
}

// Approver reports whether name can stand in trust.approvers.
func Approver(name string) bool { return approver.MatchString(name) }
