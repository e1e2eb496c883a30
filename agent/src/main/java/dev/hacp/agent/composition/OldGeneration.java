package dev.hacp.agent.composition;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps garbage out of the old generation of the serial collector, which would let it grow to the limit of the heap before
/// it looks at it for the first time: connections that lasted a minute are there, and under half load resident memory grew by
/// 25 MB an hour (`bin/bench soak`). Looks now and then; collects when there is a quarter more than what was alive after the
/// last collection. That takes about 2 ms per megabyte that is alive.
///
/// Source: JDK 25, `TenuredGeneration::promotion_attempt_is_safe`, which counts memory that is reserved as memory that is
/// free.
final class OldGeneration implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(OldGeneration.class);
    /// What is worth a collection.
    static final long LEAST_GARBAGE = 1 << 20;

    private final LongSupplier used;
    private final Runnable collection;
    private long limit;

    /// @param used       bytes in the old generation, dead or alive
    /// @param collection of the whole heap
    OldGeneration(LongSupplier used, Runnable collection) {
        this.used = used;
        this.collection = collection;
        this.limit = limit(used.getAsLong());
    }

    /// Empty with another collector: those look after it themselves.
    static Optional<OldGeneration> ofThisProcess() {
        return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getName().equals("Tenured Gen"))
                .findFirst().map((MemoryPoolMXBean pool) -> new OldGeneration(() -> pool.getUsage().getUsed(),
                        System::gc));
    }

    private static long limit(long alive) {
        return alive + Math.max(LEAST_GARBAGE, alive / 4);
    }

    @Override
    public void run() {
        long before = used.getAsLong();
        if (before < limit) {
            return;
        }
        long began = System.nanoTime();
        collection.run();
        long after = used.getAsLong();
        limit = limit(after);
        log.atDebug().addKeyValue("beforeKB", before >> 10).addKeyValue("afterKB", after >> 10)
                .addKeyValue("us", (System.nanoTime() - began) / 1000).log("the old generation was collected");
    }
}
