// Package chart renders Helm charts: it turns the folder of a chart and values
// into manifests, and tells which line of which template each line came from.
//
// It runs without a cluster and without a network: lookup finds nothing, as in
// helm template, and the capabilities are those of the Kubernetes version that
// helm 3.22 assumes. Files are read from an fs.FS alone; symbolic links lead as
// far as that lets them.
//
// # Decisions
//
// A renderer of our own over text/template and sprig, against the official
// engine. Measured (go 1.26, linux/amd64): a program that renders through
// helm.sh/helm/v3 v3.22.0 has 52 MB, takes 12 ms and 27 MB of memory to start
// and do nothing, because the packages that it imports register the types of
// Kubernetes when they are loaded, so every run would pay, with charts or
// without. This package and sprig add less than 1 MB and next to nothing to a
// start. What it renders is compared with what the official engine rendered: testdata/oracle
// holds charts of every style, what helm made of them, and the program that
// asked it, in a module of its own, so that helm is no dependency.
//
// What differs from helm template: values are not checked against
// values.schema.json, whose references lead anywhere; what is random, secret
// or depends on the clock (genCA, randAlphaNum, now, ...) gives fixed
// placeholders, because a record must be the same for the same commit; and a
// dependency from a folder of the repository (file://) is taken from there,
// when it is not in charts/.
//
// A chart is a program written by whoever wrote the change. Loops, calls and
// all that values grow by count against a budget of steps; containers are
// measured before anything walks or prints them, because one that holds itself
// would overflow the stack, which no Go program survives.
//
// Lines are told by markers, runes of a private area that the second of two
// renderings carries at the start of each line of text and each action. They
// move along when text is included, indented or quoted. The first rendering has
// none and is the one that counts. Where both do not have the same lines, the
// template is known and the line is not.
package chart
