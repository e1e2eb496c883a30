package dev.hacp.cli.doctor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The node as the doctor sees it; a test puts another in its place.
public interface Machine {

    /// An address of an interface.
    record Assigned(InetAddress address, int prefixLength) {}

    /// A network interface.
    record Nic(String name, boolean up, List<Assigned> addresses) {}

    /// The text of a file such as `/proc/self/status`; empty when it cannot be read.
    Optional<String> read(String path);

    boolean exists(String path);

    boolean isReadable(Path file);

    List<Nic> interfaces();

    /// `6.18.0-amd64`
    String kernelRelease();

    /// Whether the dynamic linker finds one of these libraries.
    boolean hasLibrary(List<String> names);

    /// The `comm` of every process that can be seen.
    List<String> processes();

    /// This one.
    static Machine ofThisProcess() {
        return new Machine() {
            @Override
            public Optional<String> read(String path) {
                try {
                    return Optional.of(Files.readString(Path.of(path)));
                } catch (IOException e) {
                    return Optional.empty();
                }
            }

            @Override
            public boolean exists(String path) {
                return Files.exists(Path.of(path));
            }

            @Override
            public boolean isReadable(Path file) {
                return Files.isReadable(file);
            }

            @Override
            public List<Nic> interfaces() {
                try {
                    List<Nic> found = new ArrayList<>();
                    for (NetworkInterface nic : NetworkInterface.networkInterfaces().toList()) {
                        found.add(new Nic(nic.getName(), nic.isUp(), nic.getInterfaceAddresses().stream()
                                .map(a -> new Assigned(a.getAddress(), a.getNetworkPrefixLength())).toList()));
                    }
                    return found;
                } catch (IOException e) {
                    return List.of();
                }
            }

            @Override
            public String kernelRelease() {
                return System.getProperty("os.version");
            }

            @Override
            public boolean hasLibrary(List<String> names) {
                try (Arena arena = Arena.ofConfined()) {
                    return names.stream().anyMatch(name -> {
                        try {
                            SymbolLookup.libraryLookup(name, arena);
                            return true;
                        } catch (IllegalArgumentException e) {
                            return false;
                        }
                    });
                }
            }

            @Override
            public List<String> processes() {
                try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
                    return entries.filter(entry -> entry.getFileName().toString().matches("\\d+"))
                            .flatMap(entry -> read(entry + "/comm").stream()).map(String::strip).toList();
                } catch (IOException e) {
                    return List.of();
                }
            }
        };
    }
}
