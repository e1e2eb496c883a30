package dev.hacp.vip.wire;

import java.util.Optional;
import org.pcap4j.core.Pcaps;

/// libpcap itself, which pcap4j loads through JNA.
public final class PcapLibrary {

    static final String MISSING = "libpcap cannot be loaded: install it (Debian: apt-get install libpcap0.8; RHEL: "
            + "dnf install libpcap), and let java.io.tmpdir be writable and not mounted noexec";

    private PcapLibrary() {}

    /// Loads libpcap, which takes 140 to 215 ms the first time; later calls cost nothing.
    ///
    /// @return empty when it is there, else one sentence with the remedy
    public static Optional<String> load() {
        try {
            Pcaps.libVersion();
            return Optional.empty();
        } catch (LinkageError e) {
            return Optional.of(MISSING);
        }
    }
}
