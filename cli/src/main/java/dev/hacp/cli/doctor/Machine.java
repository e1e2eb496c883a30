package dev.hacp.cli.doctor;

import dev.hacp.core.HostPort;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The node as the doctor sees it; a test puts another in its place.
public interface Machine {

    /// An address of an interface.
    record Assigned(InetAddress address, int prefixLength) {}

    /// A network interface.
    record Nic(String name, boolean up, List<Assigned> addresses) {}

    /// The text of a file such as `/proc/self/status`; empty when it cannot be read.
    Optional<String> read(String path);

    boolean exists(String path);

    /// The names in a folder, sorted; none when it is not there.
    List<String> list(String folder);

    List<Nic> interfaces();

    /// `6.18.0-amd64`
    String kernelRelease();

    /// Whether the dynamic linker finds one of these libraries.
    boolean hasLibrary(List<String> names);

    /// The `comm` of every process that can be seen.
    List<String> processes();

    /// The command line of the first process with this `comm`; empty when none runs.
    List<String> commandLine(String process);

    /// The environment of the first process with this `comm`; empty when none runs, or when it may not be read.
    Map<String, String> environment(String process);

    /// What a program prints; empty when it is not there or fails.
    Optional<String> output(String... command);

    /// The addresses that a name stands for; none when it cannot be resolved.
    List<InetAddress> resolve(String name);

    /// Tries to steer the port past another listener, for no address and for a moment.
    ///
    /// @return why it does not work; empty when it does
    Optional<String> steeringProblem(int port);

    /// The agent that serves its status at that address of this machine.
    Optional<Running> agent(HostPort admin);

    /// An agent that runs here.
    ///
    /// @param owner   who owns the VIP as far as it knows; empty: nobody
    /// @param waiting why it is not ready; empty when it is
    record Running(String node, String version, boolean ownsVip, String owner, String waiting) {}

    /// Asks the LAN who has the address.
    ///
    /// @param port dialled so that the kernel asks
    Optional<MacAddress> answering(VirtualIp vip, int port);
}
