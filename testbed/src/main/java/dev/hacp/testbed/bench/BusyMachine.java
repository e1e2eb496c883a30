package dev.hacp.testbed.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Every processor is busy: one spinning thread for each.
record BusyMachine(Duration duration) implements Ordeal {

    @Override
    public void run() throws InterruptedException {
        long end = System.nanoTime() + duration.toNanos();
        List<Thread> spinning = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            spinning.add(Thread.ofPlatform().daemon().start(() -> {
                while (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                }
            }));
        }
        for (Thread thread : spinning) {
            thread.join();
        }
    }

    @Override
    public String toString() {
        return duration.toSeconds() + " s with every processor busy";
    }
}
