package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A node where all is well; each test spoils one thing.
final class FakeMachine implements Machine {

    static final String TCP_HEAD = "  sl  local_address rem_address   st tx_queue\n";

    final Map<String, String> files = new HashMap<>(Map.of("/proc/self/status",
            "Name:\tjava\nCapEff:\t000001ffffffffff\n", "/proc/self/limits",
            "Limit Soft Hard Units\nMax open files            1024                 1048576              files\n",
            "/proc/net/tcp", TCP_HEAD + "   0: 00000000:192B 00000000:0000 0A 0\n"));
    List<Nic> nics = List.of(nic("lo", true, "127.0.0.1", 8), nic("eth0", true, "10.0.0.1", 24));
    String release = "6.1.0-40-amd64";
    boolean pcap = true;
    List<String> processes = List.of("systemd", "kubelet");
    List<String> kubelet = List.of("/usr/bin/kubelet", "--node-ip=10.0.0.1");
    Optional<String> steeringProblem = Optional.empty();
    Optional<MacAddress> answering = Optional.empty();
    Optional<Running> agent = Optional.empty();
    final Map<String, List<String>> commands = new HashMap<>();
    final Map<String, Map<String, String>> environments = new HashMap<>();
    final Map<String, String> outputs = new HashMap<>();
    final Map<String, List<InetAddress>> names = new HashMap<>();

    @Override
    public Optional<String> read(String path) {
        return Optional.ofNullable(files.get(path));
    }

    @Override
    public boolean exists(String path) {
        return files.containsKey(path);
    }

    @Override
    public List<Nic> interfaces() {
        return nics;
    }

    @Override
    public String kernelRelease() {
        return release;
    }

    @Override
    public boolean hasLibrary(List<String> names) {
        return pcap;
    }

    @Override
    public List<String> processes() {
        return processes;
    }

    @Override
    public List<String> commandLine(String process) {
        return process.equals("kubelet") ? kubelet : commands.getOrDefault(process, List.of());
    }

    @Override
    public Optional<String> steeringProblem(int port) {
        return steeringProblem;
    }

    @Override
    public Optional<Running> agent(HostPort admin) {
        return agent;
    }

    @Override
    public Optional<MacAddress> answering(VirtualIp vip, int port) {
        return answering;
    }

    @Override
    public List<String> list(String folder) {
        String prefix = folder + "/";
        return files.keySet().stream().filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()))
                .filter(name -> name.indexOf('/') < 0).sorted().toList();
    }

    @Override
    public Map<String, String> environment(String process) {
        return environments.getOrDefault(process, Map.of());
    }

    @Override
    public Optional<String> output(String... command) {
        return Optional.ofNullable(outputs.get(command[0]));
    }

    @Override
    public List<InetAddress> resolve(String name) {
        return names.getOrDefault(name, List.of());
    }

    static Nic nic(String name, boolean up, String address, int prefixLength) {
        return new Nic(name, up, List.of(new Assigned(IpAddresses.parse(address).orElseThrow(), prefixLength)));
    }

    void name(String name, String... addresses) {
        names.put(name, Stream.of(addresses).map(text -> IpAddresses.parse(text).orElseThrow()).toList());
    }

    /// What Preflight finds with that configuration.
    List<Finding> examine(Map<Option<?>, List<String>> more) {
        Map<Option<?>, List<String>> options = new HashMap<>(Map.of(Options.VIP, List.of("10.0.0.10")));
        options.putAll(more);
        AgentConfig config = ConfigReader.agent(new ConfigReader.Flags(options, Optional.empty(), List.of()),
                new Surroundings(Map.of(), "cp1"));
        List<Finding> findings = new ArrayList<>();
        Preflight.examine(config, this, findings::add);
        return findings;
    }
}
