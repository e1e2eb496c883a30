package dev.hacp.testbed.kube;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.lan.Host;

/// One API server of a control plane; its certificate's common name is [#commonName].
public interface ApiServer {

    int PORT = 6443;

    Host host();

    /// Starts it when it does not run; returns without waiting until it is ready.
    void start();

    /// Ends it at once, connections and all.
    void kill();

    /// The graceful end of a restart: not ready, then gone.
    void terminate();

    /// Its kernel still accepts connections, but nothing is answered (SIGSTOP).
    void pause();

    /// The end of [#pause].
    void resume();

    boolean isRunning();

    /// For the message of a failed test: what it printed last.
    String logTail();

    default HostPort address() {
        return new HostPort(IpAddresses.text(host().ipv4()), PORT);
    }

    default String url() {
        return "https://" + address();
    }

    default String commonName() {
        return "kube-apiserver-" + host().name();
    }
}
