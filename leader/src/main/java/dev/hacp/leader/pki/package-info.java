/// Keys and certificates: reading what a kubeconfig holds (PEM, PKCS#1, PKCS#8, SEC1) and making the self-signed
/// certificate under which an agent meets the other members.
///
/// Nothing here knows Kubernetes or opens a connection.
@NullMarked
package dev.hacp.leader.pki;

import org.jspecify.annotations.NullMarked;
