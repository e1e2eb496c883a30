package dev.hacp.testbed.bench;

import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.EtcdMember;
import java.time.Duration;

/// All of etcd is paused for a minute of every two; after it all API servers are killed and started again.
final class EtcdOutage implements Scenario {

    private static final Duration OUTAGE = Duration.ofSeconds(60);

    private boolean out;

    @Override
    public String title() {
        return "all of etcd stopped for 60 s, then all API servers restarted";
    }

    @Override
    public void begin(SideBySide sides, Duration length) {}

    @Override
    public void tick(SideBySide sides, Duration elapsed) {
        boolean wanted = elapsed.toSeconds() / OUTAGE.toSeconds() % 2 == 0;
        if (wanted && !out) {
            sides.cluster().plane().etcd().stream().filter(EtcdMember::isRunning).forEach(EtcdMember::pause);
            out = true;
        } else if (!wanted && out) {
            resume(sides);
            // Their supervisor starts them again.
            sides.cluster().plane().apiServers().forEach(ApiServer::kill);
        }
    }

    private void resume(SideBySide sides) {
        if (out) {
            sides.cluster().plane().etcd().stream().filter(EtcdMember::isRunning).forEach(EtcdMember::resume);
            out = false;
        }
    }

    @Override
    public String end(SideBySide sides) {
        resume(sides);
        return "";
    }
}
