package dev.hacp.testbed.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Every processor is busy all the time: one spinning process for each.
///
/// @param niceness of the spinning processes: 0 takes half of what an agent could have, 10 a tenth and leaves the machine
///                 usable
record BusyMachine(Duration duration, int niceness) implements Ordeal {

    @Override
    public void run() throws IOException, InterruptedException {
        List<Process> spinning = new ArrayList<>();
        try {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                // timeout: nothing spins on when this JVM is killed.
                spinning.add(new ProcessBuilder("timeout", Long.toString(duration.toSeconds()), "nice", "-n",
                        Integer.toString(niceness), "sh", "-c", "while :; do :; done").start());
            }
            for (Process process : spinning) {
                process.waitFor();
            }
        } finally {
            spinning.forEach(Process::destroy);
        }
    }

    @Override
    public String toString() {
        return duration.toSeconds() + " s with every processor busy (niceness " + niceness + ")";
    }
}
