/// The PROXY protocol, the header that tells a server who the client behind a balancer is. Bytes to values and back;
/// no sockets here.
@NullMarked
package dev.hacp.lb.proxyprotocol;

import org.jspecify.annotations.NullMarked;
