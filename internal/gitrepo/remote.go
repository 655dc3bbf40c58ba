package gitrepo

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// remote returns the normalised URL of origin, or of the first other remote by
// name when there is no origin. It is empty when there is none, and when the
// remote is a path on this machine, which means nothing elsewhere.
//
// The URL is read as configured: url.<base>.insteadOf is commonly used to put
// tokens into URLs.
func (r *Repo) remote(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "config", "--null", "--get-regexp", `^remote\..*\.url$`)
	if answeredNo(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var first, found string
	for entry := range entries(out) {
		key, address, _ := strings.Cut(entry, "\n")
		if key == "remote.origin.url" {
			return normalise(address), nil
		}
		if first == "" || key < first {
			first, found = key, address
		}
	}
	return normalise(found), nil
}

var (
	// scp matches user@host:path, which git takes for SSH.
	scp = regexp.MustCompile(`^(?:[^@/:]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([^@:]+)$`)
	// drive matches a Windows path, which looks like an scp address.
	drive = regexp.MustCompile(`^[A-Za-z]:`)
)

// normalise turns the address of a remote into git+https://host/owner/repo:
// one name for a repository, however it was cloned, and without credentials.
// It returns "" for what is not a repository on a network.
func normalise(address string) string {
	if match := scp.FindStringSubmatch(address); match != nil && !drive.MatchString(address) && !strings.Contains(address, "://") {
		return canonical(match[1], match[2])
	}
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" {
		return ""
	}
	switch strings.TrimPrefix(strings.ToLower(u.Scheme), "git+") {
	case "http", "https":
		return canonical(withoutDefaultPort(u), u.EscapedPath())
	case "ssh", "git": // their port says nothing about the web address
		host := u.Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return canonical(host, u.EscapedPath())
	}
	return ""
}

func withoutDefaultPort(u *url.URL) string {
	if port := u.Port(); port == "80" || port == "443" {
		return strings.TrimSuffix(u.Host, ":"+port)
	}
	return u.Host
}

func canonical(host, repository string) string {
	repository = strings.TrimPrefix(path.Clean("/"+repository), "/")
	repository = strings.TrimSuffix(repository, ".git")
	if host == "" || repository == "" {
		return ""
	}
	name, err := url.Parse("git+https://" + strings.ToLower(host) + "/" + repository)
	if err != nil {
		return ""
	}
	name.RawQuery, name.Fragment, name.User = "", "", nil
	return name.String()
}
