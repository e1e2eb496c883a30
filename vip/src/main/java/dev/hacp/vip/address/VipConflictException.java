package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.util.Optional;

/// A machine that never owned the VIP answers for it: it was not taken.
final class VipConflictException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient VirtualIp vip;
    private final transient MacAddress mac;

    /// @param member the node of this cluster that it is, empty where only its address is known; no value for a stranger
    VipConflictException(VirtualIp vip, MacAddress mac, Optional<String> member) {
        super(describe(vip, mac, member));
        this.vip = vip;
        this.mac = mac;
    }

    private static String describe(VirtualIp vip, MacAddress mac, Optional<String> member) {
        String who = member.map(name -> name.isEmpty()
                ? "the node of this cluster with MAC address " + mac + ", which has not owned the VIP lately,"
                : "the member " + name + " (" + mac + "), which has not owned the VIP lately,")
                .orElse("the machine with MAC address " + mac + ", no member of this cluster,");
        return who + " answers for the VIP " + vip + ": remove the address there, or choose another VIP";
    }

    public VirtualIp vip() {
        return vip;
    }

    public MacAddress mac() {
        return mac;
    }
}
