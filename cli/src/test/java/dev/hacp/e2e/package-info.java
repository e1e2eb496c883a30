/// The main job as a cluster sees it: the fat jar on three nodes of a LAN of network namespaces, real API servers and etcd
/// where they are found, real clients. hacp's classes are not used here, only what an operator and a client can see.
@NullMarked
package dev.hacp.e2e;

import org.jspecify.annotations.NullMarked;
