package dev.hacp.core;

import java.util.regex.Pattern;

/// A Kubernetes node name (RFC 1123 subdomain): what `Lease.spec.holderIdentity` carries.
public record NodeName(String value) implements Comparable<NodeName> {

    private static final Pattern RFC_1123 = Pattern
            .compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    public NodeName {
        if (value.length() > 253 || !RFC_1123.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "'" + value + "' (expected: a node name: lower-case letters, digits, '-' and '.', at most 253)");
        }
    }

    @Override
    public int compareTo(NodeName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
