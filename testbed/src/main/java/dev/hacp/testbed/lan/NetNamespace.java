package dev.hacp.testbed.lan;

import dev.hacp.core.linux.Libc;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One network namespace (`ip netns`). Sockets are opened in it from this JVM by [#call], programs by [#process].
/// Closing it kills every process that lives in it and removes it.
public final class NetNamespace implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(NetNamespace.class);
    private static final Path RUN = Path.of("/run/netns");

    private final String name;

    private NetNamespace(String name) {
        this.name = name;
    }

    /// Makes the namespace: `lo` is up, duplicate address detection and router advertisements are off, so that an
    /// address can be used the moment it is put.
    public static NetNamespace create(String name) {
        Shell.run("ip", "netns", "add", name);
        NetNamespace namespace = new NetNamespace(name);
        namespace.sysctl("net/ipv6/conf/all/accept_dad", "0");
        namespace.sysctl("net/ipv6/conf/default/accept_dad", "0");
        namespace.sysctl("net/ipv6/conf/default/accept_ra", "0");
        // One scheme on every machine: bbr, Debian cloud images' default, halves the figures of a veth LAN.
        namespace.sysctl("net/ipv4/tcp_congestion_control", "reno");
        namespace.ip("link", "set", "dev", "lo", "up");
        return namespace;
    }

    public String name() {
        return name;
    }

    /// The file that stands for it (`setns`, `nsenter --net=`).
    public Path path() {
        return RUN.resolve(name);
    }

    /// Runs `task` on a new platform thread inside the namespace and waits for it. Sockets that it opens stay in the
    /// namespace, whichever thread uses them later.
    ///
    /// @throws IllegalStateException with the task's exception as cause
    public <T> T call(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        thread("in-" + name, () -> {
            try {
                result.complete(task.call());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        }, result).start();
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + name, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("in " + name + ": " + cause, cause);
        }
    }

    /// Starts a daemon thread that lives inside the namespace, and returns it.
    public Thread execute(String threadName, Runnable task) {
        Thread thread = thread(threadName, task);
        thread.start();
        return thread;
    }

    /// A daemon thread, not yet started, that will live inside the namespace.
    public Thread thread(String threadName, Runnable task) {
        return thread(threadName, task, new CompletableFuture<>());
    }

    private Thread thread(String threadName, Runnable task, CompletableFuture<?> failure) {
        // setns moves one kernel thread: a virtual thread would change carriers.
        return Thread.ofPlatform().name(threadName).daemon().unstarted(() -> {
            try {
                enter();
            } catch (IOException e) {
                log.error("cannot enter network namespace {}", name, e);
                failure.completeExceptionally(e);
                return;
            }
            task.run();
        });
    }

    /// Moves the calling platform thread into the namespace for the rest of its life.
    public void enter() throws IOException {
        int fd = Libc.open(path().toString(), Libc.O_RDONLY | Libc.O_CLOEXEC);
        try {
            Libc.setns(fd, Libc.CLONE_NEWNET);
        } finally {
            Libc.close(fd);
        }
    }

    /// `ip netns exec NAME command`: the program replaces `ip`, so the process id is the program's own.
    public ProcessBuilder process(String... command) {
        return process(List.of(command));
    }

    /// As above.
    public ProcessBuilder process(List<String> command) {
        List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
        line.addAll(command);
        return new ProcessBuilder(line);
    }

    /// Runs a short program inside and returns its output.
    ///
    /// @throws IllegalStateException with command and output when it does not end with 0
    public String run(String... command) {
        return Shell.run(process(command).command().toArray(String[]::new));
    }

    /// As [#run], whatever the exit code.
    public Shell.Result attempt(String... command) {
        return Shell.attempt(process(command), "");
    }

    /// `ip -n NAME arguments`
    public String ip(String... arguments) {
        List<String> line = new ArrayList<>(List.of("ip", "-n", name));
        line.addAll(List.of(arguments));
        return Shell.run(line.toArray(String[]::new));
    }

    /// Replaces the nft rules of the namespace by `rules`; empty text: no rules.
    public void nft(String rules) {
        Shell.Result result = Shell.attempt(process("nft", "-f", "-"), "flush ruleset\n" + rules);
        if (result.exitCode() != 0) {
            throw new IllegalStateException("nft in " + name + ": " + result.output() + rules);
        }
    }

    /// Sets a kernel parameter of the namespace.
    ///
    /// @param key path below /proc/sys: `net/ipv4/ip_forward`
    public void sysctl(String key, String value) {
        call(() -> Files.writeString(Path.of("/proc/sys", key), value));
    }

    /// Processes whose main thread lives in it.
    public List<ProcessHandle> processes() {
        Shell.Result result = Shell.attempt("ip", "netns", "pids", name);
        if (result.exitCode() != 0) {
            return List.of();
        }
        long self = ProcessHandle.current().pid();
        return result.output().lines().map(String::strip).filter(line -> line.matches("\\d+")).map(Long::parseLong)
                .filter(pid -> pid != self).flatMap(pid -> ProcessHandle.of(pid).stream()).toList();
    }

    /// Kills what runs inside and removes the namespace; does nothing when it is gone already.
    @Override
    public void close() {
        if (!Files.exists(path())) {
            return;
        }
        List<ProcessHandle> processes = processes();
        processes.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle process : processes) {
            try {
                process.onExit().get(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                log.warn("process {} in {} does not end", process.pid(), name);
            }
        }
        Shell.attempt("ip", "netns", "delete", name);
    }

    /// Removes what killed test runs left: namespaces named `hacp-PID-…` whose process is gone.
    static void removeLeftovers() {
        if (!Files.isDirectory(RUN)) {
            return;
        }
        try (var names = Files.list(RUN)) {
            for (String name : names.map(path -> path.getFileName().toString()).toList()) {
                String[] parts = name.split("-", 3);
                if (parts.length == 3 && parts[0].equals("hacp") && parts[1].matches("\\d{1,9}")
                        && ProcessHandle.of(Long.parseLong(parts[1])).isEmpty()) {
                    log.info("removing the network namespace {} of a run that is gone", name);
                    new NetNamespace(name).close();
                }
            }
        } catch (IOException e) {
            log.warn("cannot list {}: {}", RUN, e.toString());
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
