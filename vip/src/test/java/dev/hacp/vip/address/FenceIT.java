package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot
class FenceIT {

    /// The promise at a fence of 3 s: the kernel looks again at most a second after a lifetime has ended
    /// (net/ipv4/devinet.c, check_lifetime, and net/ipv6/addrconf.c, addrconf_verify), and half a second is ours.
    private static final Duration PROMISE = Duration.ofMillis(4500);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final List<String> SIGNALS = List.of("KILL", "STOP", "KILL", "STOP");

    private record Victim(Host host, VirtualIp ipv4, VirtualIp ipv6, Daemon agent, RtNetlink netlink) {

        boolean holdsAny() throws Exception {
            return netlink.addresses().stream().anyMatch(AddressEntry::isOurs);
        }
    }

    @TempDir
    private Path folder;

    private Lan lan;
    private final List<Victim> victims = new ArrayList<>();

    @BeforeEach
    void startAnAgentOnEachHost() throws Exception {
        lan = Lan.create();
        List<Host> hosts = lan.hosts("a", "b", "c", "d");
        try (ExecutorService starters = Executors.newFixedThreadPool(hosts.size())) {
            List<Future<Victim>> starting = new ArrayList<>();
            for (int i = 0; i < hosts.size(); i++) {
                int number = i;
                starting.add(starters.submit(() -> start(hosts.get(number), number)));
            }
            for (Future<Victim> one : starting) {
                victims.add(one.get());
            }
        }
    }

    private Victim start(Host host, int number) throws Exception {
        VirtualIp ipv4 = new VirtualIp(Lan.address4(150 + number));
        VirtualIp ipv6 = new VirtualIp(Lan.address6(150 + number));
        Daemon agent = AgentProcess.start(host, folder.resolve(host.name() + ".log"), 3,
                List.of(ipv4.toString(), ipv6.toString()));
        return new Victim(host, ipv4, ipv6, agent, host.call(RtNetlink::open));
    }

    @AfterEach
    void remove() {
        victims.forEach(victim -> {
            victim.netlink.close();
            victim.agent.close();
        });
        if (lan != null) {
            lan.close();
        }
    }

    /// Each time is measured from before the signal. What is taken off is what this test itself was kept from looking:
    /// a machine that is paused, and with it the kernel's timers, is no fault of the fence.
    @Test
    void agentsThatAreKilledOrFrozenLoseTheVipByThemselvesAndAFrozenOneThatWakesUpPutsItBack() throws Exception {
        List<Long> signalled = new ArrayList<>();
        for (int i = 0; i < victims.size(); i++) {
            assertThat(victims.get(i).host.addresses()).contains(victims.get(i).ipv4.toString(),
                    victims.get(i).ipv6.toString());
            signalled.add(System.nanoTime());
            victims.get(i).agent.signal(SIGNALS.get(i));
        }
        Long[] millis = new Long[victims.size()];
        long stood = 0;
        long last = System.nanoTime();
        while (anyLeft(millis)) {
            assertThat(last - signalled.getFirst()).as("VIPs were still there").isLessThan(DEADLINE.toNanos());
            LockSupport.parkNanos(5_000_000);
            long now = System.nanoTime();
            stood += Math.max(0, now - last - 50_000_000);
            last = now;
            for (int i = 0; i < millis.length; i++) {
                if (millis[i] == null && !victims.get(i).holdsAny()) {
                    millis[i] = (now - signalled.get(i) - stood) / 1_000_000;
                }
            }
        }
        assertThat(List.of(millis)).as("milliseconds from the signal, less %d ms of standing still",
                stood / 1_000_000).allMatch(time -> time <= PROMISE.toMillis());

        for (int i = 0; i < victims.size(); i++) {
            Victim victim = victims.get(i);
            if (SIGNALS.get(i).equals("STOP")) {
                victim.agent.signal("CONT");
                Await.until("the VIPs are back on " + victim.host, DEADLINE,
                        () -> victim.host.holds(victim.ipv4.address()) && victim.host.holds(victim.ipv6.address()));
            }
        }
    }

    private static boolean anyLeft(Long[] millis) {
        for (Long one : millis) {
            if (one == null) {
                return true;
            }
        }
        return false;
    }
}
