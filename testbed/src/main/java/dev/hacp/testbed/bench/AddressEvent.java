package dev.hacp.testbed.bench;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The kernel of a node put or removed an address; put again counts as put.
///
/// @param atMicros   wall clock of this machine, the same for all namespaces, since the epoch
/// @param networkInterface `lo`, `eth0`
record AddressEvent(long atMicros, String node, String networkInterface, String address, boolean put) {

    // [2026-11-28T19:51:05.130542] Deleted 3: eth0    inet 10.0.0.2/32 scope global ...
    private static final Pattern LINE = Pattern
            .compile("\\[([-0-9T:.]+)] (Deleted )?\\d+: (\\S+)\\s+inet6? ([0-9a-f.:]+)[/ ].*");

    /// A line of `TZ=UTC ip -ts -o monitor address`; empty when it says something else.
    static Optional<AddressEvent> parse(String node, String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long micros = ChronoUnit.MICROS.between(LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC),
                LocalDateTime.parse(matcher.group(1)));
        return Optional.of(new AddressEvent(micros, node, matcher.group(3), matcher.group(4),
                matcher.group(2) == null));
    }
}
