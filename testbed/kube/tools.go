//go:build tools

// Package kube only names the commands that testbed/kube/build compiles, so that go.mod keeps their modules.
package kube

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
