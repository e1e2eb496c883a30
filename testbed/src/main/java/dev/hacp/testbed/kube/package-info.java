/// Kubernetes control planes for tests: real `etcd` and `kube-apiserver` processes on the hosts of a LAN, or the embedded
/// API server where those programs are missing; certificates, kubeconfig files, a small API client.
///
/// hacp itself is not known here.
@NullMarked
package dev.hacp.testbed.kube;

import org.jspecify.annotations.NullMarked;
