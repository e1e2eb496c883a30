package dev.hacp.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.agent.status.StatusClient;
import dev.hacp.core.HostPort;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.vip.netlink.NeighbourEntry;
import dev.hacp.vip.netlink.RtNetlink;
import dev.hacp.vip.steering.Steering;
import dev.hacp.vip.steering.SteeringException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The node that this process runs on.
public final class ThisMachine implements Machine {

    private static final Path PROC = Path.of("/proc");
    // The kernel asks three times, a second apart; a host that is there answers within milliseconds.
    private static final int DIAL_MILLIS = 1500;

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
    public List<String> list(String folder) {
        try (Stream<Path> entries = Files.list(Path.of(folder))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
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
        return numbered().stream().flatMap(entry -> comm(entry).stream()).toList();
    }

    @Override
    public List<String> commandLine(String process) {
        return strings(process, "cmdline");
    }

    @Override
    public Map<String, String> environment(String process) {
        Map<String, String> environment = new HashMap<>();
        for (String entry : strings(process, "environ")) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                environment.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return environment;
    }

    private List<String> strings(String process, String file) {
        return numbered().stream().filter(entry -> comm(entry).equals(Optional.of(process))).findFirst()
                .flatMap(entry -> read(entry + "/" + file)).map(text -> List.of(text.split("\0"))).orElse(List.of());
    }

    @Override
    public Optional<String> output(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(false)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public List<InetAddress> resolve(String name) {
        try {
            return List.of(InetAddress.getAllByName(name));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    private Optional<String> comm(Path entry) {
        return read(entry + "/comm").map(String::strip);
    }

    private static List<Path> numbered() {
        try (Stream<Path> entries = Files.list(PROC)) {
            return entries.filter(entry -> entry.getFileName().toString().matches("\\d+")).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Override
    public Optional<String> steeringProblem(int port) {
        try {
            Steering.attach(port, -1, -1).close();
            return Optional.empty();
        } catch (SteeringException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Optional<Running> agent(HostPort admin) {
        try {
            JsonNode status = new StatusClient(admin).read();
            return Optional.of(new Running(status.path("node").asText(""), status.path("version").asText(""),
                    status.path("role").asText("").equals("leader"), status.path("leader").asText(""),
                    status.path("waiting").asText("")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<MacAddress> answering(VirtualIp vip, int port) {
        Optional<MacAddress> before = neighbour(vip);
        boolean answers = dial(vip, port, true);
        // An entry that was there before may be of a host that has gone since: then only an answer counts.
        return answers || before.isEmpty() ? neighbour(vip) : Optional.empty();
    }

    /// Whether somebody accepts or refuses.
    private static boolean dial(VirtualIp vip, int port, boolean again) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(vip.address(), port), DIAL_MILLIS);
            return true;
        } catch (NoRouteToHostException e) {
            // The end of the kernel's three questions for somebody who dialled before: those for us begin now.
            return again && dial(vip, port, false);
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<MacAddress> neighbour(VirtualIp vip) {
        try (RtNetlink kernel = RtNetlink.open()) {
            return kernel.neighbours().stream().filter(entry -> entry.address().equals(vip.address())).findFirst()
                    .map(NeighbourEntry::mac);
        } catch (LinuxException e) {
            return Optional.empty();
        }
    }
}
