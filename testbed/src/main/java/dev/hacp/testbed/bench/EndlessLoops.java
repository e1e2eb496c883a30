package dev.hacp.testbed.bench;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Loops that take all the processors' time, at the priority that everybody has.
final class EndlessLoops implements Scenario {

    private final int loops;
    private @Nullable Load load;

    EndlessLoops(int loops) {
        this.loops = loops;
    }

    @Override
    public String title() {
        return loops + " endless loops";
    }

    @Override
    public void begin(SideBySide sides, Duration length) {
        load = new Load(length);
        load.add(loops, "while :; do :; done");
    }

    @Override
    public String end(SideBySide sides) {
        if (load != null) {
            load.close();
        }
        return "";
    }
}
