package terraform

import (
	"slices"
	"strings"
)

// A naming says that an argument names a resource by text: a bucket by its
// name, a policy by its ARN. What it names is found where the resource's own
// name is written out as well.
type naming struct {
	from     string // the type that has the argument; one that ends in * stands for all that begin so
	argument string // a text, or a list of texts
	to       string // the type that is named
	name     string // its argument that holds the name
	arn      string // what stands before the name where the argument is an ARN; empty where it is the name
}

// namings are the references by text that are known. Widen the table as need
// shows.
var namings = []naming{
	{"aws_s3_bucket_*", "bucket", "aws_s3_bucket", "bucket", ""},
	{"aws_s3_bucket_logging", "target_bucket", "aws_s3_bucket", "bucket", ""},
	{"aws_s3_object", "bucket", "aws_s3_bucket", "bucket", ""},
	{"aws_cloudtrail", "s3_bucket_name", "aws_s3_bucket", "bucket", ""},
	{"aws_config_delivery_channel", "s3_bucket_name", "aws_s3_bucket", "bucket", ""},
	{"aws_flow_log", "log_destination", "aws_s3_bucket", "bucket", ":s3:::"},
	{"aws_kinesis_firehose_delivery_stream", "bucket_arn", "aws_s3_bucket", "bucket", ":s3:::"},

	{"aws_instance", "security_groups", "aws_security_group", "name", ""},
	{"aws_launch_configuration", "security_groups", "aws_security_group", "name", ""},
	{"aws_launch_template", "security_group_names", "aws_security_group", "name", ""},
	{"aws_elasticache_cluster", "security_group_names", "aws_security_group", "name", ""},
	{"aws_db_instance", "db_subnet_group_name", "aws_db_subnet_group", "name", ""},
	{"aws_db_instance", "parameter_group_name", "aws_db_parameter_group", "name", ""},
	{"aws_rds_cluster", "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group", "name", ""},
	{"aws_redshift_cluster", "cluster_parameter_group_name", "aws_redshift_parameter_group", "name", ""},

	{"aws_iam_role_policy", "role", "aws_iam_role", "name", ""},
	{"aws_iam_role_policy_attachment", "role", "aws_iam_role", "name", ""},
	{"aws_iam_role_policy_attachment", "policy_arn", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_user_policy", "user", "aws_iam_user", "name", ""},
	{"aws_iam_user_policy_attachment", "user", "aws_iam_user", "name", ""},
	{"aws_iam_user_policy_attachment", "policy_arn", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_user_login_profile", "user", "aws_iam_user", "name", ""},
	{"aws_iam_access_key", "user", "aws_iam_user", "name", ""},
	{"aws_iam_user_group_membership", "user", "aws_iam_user", "name", ""},
	{"aws_iam_user_group_membership", "groups", "aws_iam_group", "name", ""},
	{"aws_iam_group_policy", "group", "aws_iam_group", "name", ""},
	{"aws_iam_group_policy_attachment", "group", "aws_iam_group", "name", ""},
	{"aws_iam_group_policy_attachment", "policy_arn", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_policy_attachment", "roles", "aws_iam_role", "name", ""},
	{"aws_iam_policy_attachment", "users", "aws_iam_user", "name", ""},
	{"aws_iam_policy_attachment", "groups", "aws_iam_group", "name", ""},
	{"aws_iam_policy_attachment", "policy_arn", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_role", "managed_policy_arns", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_role", "permissions_boundary", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_user", "permissions_boundary", "aws_iam_policy", "name", ":policy/"},
	{"aws_iam_instance_profile", "role", "aws_iam_role", "name", ""},
	{"aws_instance", "iam_instance_profile", "aws_iam_instance_profile", "name", ""},
	{"aws_lambda_function", "role", "aws_iam_role", "name", ":role/"},

	{"aws_kms_alias", "target_key_id", "aws_kms_key", "key_id", ""},
	{"aws_*", "kms_key_id", "aws_kms_alias", "name", ""},
	{"aws_*", "kms_master_key_id", "aws_kms_alias", "name", ""},
	{"aws_ecr_*", "repository", "aws_ecr_repository", "name", ""},
	{"aws_cloudwatch_log_*", "log_group_name", "aws_cloudwatch_log_group", "name", ""},
	{"aws_lambda_*", "function_name", "aws_lambda_function", "function_name", ""},
	{"aws_ecs_service", "cluster", "aws_ecs_cluster", "name", ""},
	{"aws_eks_*", "cluster_name", "aws_eks_cluster", "name", ""},
	{"aws_backup_selection", "iam_role_arn", "aws_iam_role", "name", ":role/"},

	{"google_storage_*", "bucket", "google_storage_bucket", "name", ""},
	{"google_compute_*", "network", "google_compute_network", "name", ""},
	{"google_container_node_pool", "cluster", "google_container_cluster", "name", ""},
	{"google_sql_*", "instance", "google_sql_database_instance", "name", ""},

	{"azurerm_*", "storage_account_name", "azurerm_storage_account", "name", ""},
	{"azurerm_*", "network_security_group_name", "azurerm_network_security_group", "name", ""},
	{"azurerm_*", "virtual_network_name", "azurerm_virtual_network", "name", ""},
	{"azurerm_*", "server_name", "azurerm_mssql_server", "name", ""},
}

// maxNamesakes bounds how many resources of one name an argument refers to.
const maxNamesakes = 16

// connectLiterals adds the references that both sides spell out.
func (ev *evaluator) connectLiterals() {
	byType := map[string][]*item{}
	for _, it := range ev.all {
		if it.subject != nil {
			byType[it.subject.Type] = append(byType[it.subject.Type], it)
		}
	}
	types := sortedKeys(byType)
	type key struct{ typ, argument string }
	indexed := map[key]map[string][]*item{}
	for _, rule := range namings {
		if len(byType[rule.to]) == 0 {
			continue
		}
		named := indexed[key{rule.to, rule.name}]
		if named == nil {
			named = byName(byType[rule.to], rule.name)
			indexed[key{rule.to, rule.name}] = named
		}
		for _, typ := range rule.types(types) {
			for _, it := range byType[typ] {
				rule.connect(it, named)
			}
		}
	}
}

// byName indexes resources by the text of an argument.
func byName(items []*item, argument string) map[string][]*item {
	named := map[string][]*item{}
	for _, it := range items {
		if text, ok := it.subject.Values[argument].(string); ok && text != "" && len(named[text]) < maxNamesakes {
			named[text] = append(named[text], it)
		}
	}
	return named
}

// types returns those among all, which are sorted, that the rule is about.
func (n naming) types(all []string) []string {
	prefix, many := strings.CutSuffix(n.from, "*")
	if !many {
		if _, ok := slices.BinarySearch(all, n.from); ok {
			return []string{n.from}
		}
		return nil
	}
	var found []string
	for _, typ := range all {
		if strings.HasPrefix(typ, prefix) {
			found = append(found, typ)
		}
	}
	return found
}

func (n naming) connect(it *item, named map[string][]*item) {
	texts, isList := it.subject.Values[n.argument].([]any)
	if !isList {
		texts = []any{it.subject.Values[n.argument]}
	}
	for _, text := range texts {
		text, ok := text.(string)
		if !ok {
			continue
		}
		for _, target := range named[n.nameIn(text)] {
			if target != it {
				it.refs[target] = struct{}{}
			}
		}
	}
}

// nameIn returns the name that an argument gives: all of it, or the last part
// of an ARN, which may have a path in it.
func (n naming) nameIn(text string) string {
	if n.arn == "" {
		return text
	}
	_, name, ok := strings.Cut(text, n.arn)
	if !ok || strings.Contains(text, ":aws:policy/") { // Amazon's own
		return ""
	}
	if n.arn == ":s3:::" {
		name, _, _ = strings.Cut(name, "/")
		return name
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}
