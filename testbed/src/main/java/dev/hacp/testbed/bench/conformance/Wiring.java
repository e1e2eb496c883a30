package dev.hacp.testbed.bench.conformance;

import java.net.InetSocketAddress;
import java.util.List;

/// What a balancer is told to do.
///
/// @param front       where it listens
/// @param backends    in the order in which they are to be named
/// @param acceptProxy clients begin with a PROXY header
/// @param sendProxy   connections to backends begin with one
record Wiring(InetSocketAddress front, List<InetSocketAddress> backends, boolean acceptProxy, boolean sendProxy) {}
