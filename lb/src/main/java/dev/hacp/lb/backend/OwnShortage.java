package dev.hacp.lb.backend;

import java.net.BindException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Errors of a connect that are this host's own: no packet has left, so they say nothing about the peer.
public final class OwnShortage {

    /// @param errno include/uapi/asm-generic/errno-base.h and errno.h
    /// @param text  what strerror(3) says: all that the JDK passes on
    private record Kind(int errno, String text, String words) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(99, "Cannot assign requested address",
                    "no source port is left towards it (net.ipv4.ip_local_port_range, net.ipv4.tcp_tw_reuse)"),
            new Kind(98, "Address already in use",
                    "no source port is left towards it (net.ipv4.ip_local_port_range, net.ipv4.tcp_tw_reuse)"),
            new Kind(24, "Too many open files", "this process has no file left (LimitNOFILE=)"),
            new Kind(23, "Too many open files in system", "this host has no file left (fs.file-max)"),
            new Kind(105, "No buffer space available", "this host's kernel has no buffer left"),
            new Kind(12, "Cannot allocate memory", "this host's kernel has no memory left"),
            new Kind(1, "Operation not permitted",
                    "this host does not permit it (a firewall, a cgroup's eBPF program)"),
            new Kind(13, "Permission denied", "this host does not permit it (SELinux, AppArmor)"));
    /// Netty's way to say it: `connect(..) failed with error(-99): Cannot assign requested address`.
    private static final Pattern NETTY = Pattern.compile("error\\(-(\\d+)\\)");

    private OwnShortage() {}

    /// What is short, in words for an operator; empty when the failure is the peer's or the network's.
    public static Optional<String> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<String> found = ofOne(cause);
            if (found.isPresent()) {
                return found;
            }
            if (cause instanceof OutOfMemoryError) {
                return Optional.of("this process has no memory or thread left");
            }
        }
        return Optional.empty();
    }

    private static Optional<String> ofOne(Throwable cause) {
        String message = cause.getMessage() == null ? "" : cause.getMessage();
        Matcher netty = NETTY.matcher(message);
        if (netty.find()) {
            int errno = Integer.parseInt(netty.group(1));
            return KINDS.stream().filter(kind -> kind.errno == errno).findFirst().map(Kind::words);
        }
        // The longest text first: one begins with another.
        Optional<Kind> known = KINDS.stream().filter(kind -> message.contains(kind.text))
                .max((a, b) -> Integer.compare(a.text.length(), b.text.length()));
        if (known.isPresent()) {
            return known.map(Kind::words);
        }
        // The JDK makes this one of EADDRNOTAVAIL, EADDRINUSE, EPERM and EACCES, in whatever language strerror speaks.
        return cause instanceof BindException ? Optional.of("this host refuses it: " + message) : Optional.empty();
    }
}
