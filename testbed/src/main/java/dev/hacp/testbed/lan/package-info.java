/// A LAN on one machine: a switch and hosts, each a network namespace, joined by veth pairs; faults of links; captures.
///
/// Only addresses inside these namespaces are ever dialled. Kubernetes does not exist here.
@NullMarked
package dev.hacp.testbed.lan;

import org.jspecify.annotations.NullMarked;
