/// How the agent reaches the Kubernetes API: which credential, which API server, which request; and what it asks for
/// there: the Lease, the EndpointSlices of the API servers, Events, its own access rights.
///
/// fabric8 lives here and nowhere else. Nothing here decides who owns the VIP.
@NullMarked
package dev.hacp.leader.kube;

import org.jspecify.annotations.NullMarked;
