/// The names and the small contracts that join election, address and balancer: values, leadership, duties, the journal.
///
/// Nothing here may know Kubernetes, Netty, pcap or a command line; the JDK, slf4j-api and jspecify are all it uses.
@NullMarked
package dev.hacp.core;

import org.jspecify.annotations.NullMarked;
