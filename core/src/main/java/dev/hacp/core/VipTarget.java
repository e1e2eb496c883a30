package dev.hacp.core;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A VIP as the operator gives it: an address, or a DNS name that stands for one or more.
public record VipTarget(String text) {

    private static final Pattern NAME = Pattern
            .compile("(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\\.?");
    private static final Pattern LIKE_AN_ADDRESS = Pattern.compile("[0-9.]+|.*[:/%].*");

    public VipTarget {
        if (IpAddresses.parse(text).isPresent()) {
            text = VirtualIp.parse(text).toString();
        } else {
            text = text.toLowerCase(Locale.ROOT);
            if (LIKE_AN_ADDRESS.matcher(text).matches() || !NAME.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text
                        + "' (expected: an IPv4 or IPv6 address without prefix length, or a DNS name)");
            }
        }
    }

    /// Empty when it is a name.
    public Optional<VirtualIp> literal() {
        return IpAddresses.parse(text).map(VirtualIp::new);
    }

    @Override
    public String toString() {
        return text;
    }
}
