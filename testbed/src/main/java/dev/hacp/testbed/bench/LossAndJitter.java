package dev.hacp.testbed.bench;

import dev.hacp.testbed.lan.DelayedPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Every frame to a node is lost with 1 %, or delayed by anything up to 20 ms.
final class LossAndJitter implements Scenario {

    private static final double LOSS = 0.01;
    private static final Duration JITTER = Duration.ofMillis(20);

    private final List<DelayedPort> ports = new ArrayList<>();

    @Override
    public String title() {
        return "1 % loss, 0 to 20 ms of delay to each node";
    }

    @Override
    public void prepare(SideBySide sides) {
        // The links are interrupted for a moment: that is not what is measured.
        sides.cluster().nodes().forEach(node -> ports.add(sides.cluster().lan().delayedPort(node)));
        sides.settle();
    }

    @Override
    public void begin(SideBySide sides, Duration length) {
        ports.forEach(port -> port.impair(LOSS, JITTER));
    }

    @Override
    public String end(SideBySide sides) {
        long late = ports.stream().mapToLong(port -> port.mostLate().toMillis()).max().orElse(0);
        ports.forEach(DelayedPort::close);
        ports.clear();
        return "a frame came at most " + late + " ms later than it should";
    }
}
